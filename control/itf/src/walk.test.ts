/** Random packages: what the plan does with a packet, told by its actions alone, is what the words of its paths say. */
import type { Action, PortBinding, Vnf } from "@coven/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framesFor, planVnf, readGraph, undoPlan } from "./index.ts";

const points = ["lan", "wan", "tap"];
const names = ["a", "b", "c", "d", "e"];
const outputs = ["x", "y"];
type Of<Kind extends Action["do"]> = Extract<Action, { do: Kind }>;
const of = <Kind extends Action["do"]>(actions: Action[], kind: Kind) => actions.filter((action): action is Of<Kind> => action.do === kind);
const bindings: Record<string, PortBinding> = Object.fromEntries(points.map((point) => [point, { backend: "loopback" }]));

const root = fc.tuple(fc.constantFrom(...points), fc.shuffledSubarray(names), fc.constantFrom(...points)).map(([from, via, to]) => [from, ...via, to].join(" -> "));
const branch = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...outputs), fc.shuffledSubarray(names, { maxLength: 2 }), fc.constantFrom(...points, ...names))
  .map(([component, output, via, to]) => [`${component}.${output}`, ...via, to].join(" -> "));

/** A package of which each path has an SPI, with the components and outputs that its paths use; not all of them are sound. */
const packages = fc.tuple(fc.array(root, { minLength: 1, maxLength: 4 }), fc.array(branch, { maxLength: 3 }), fc.constantFrom("drop" as const, "block" as const)).map(([roots, branches, onFull]): Vnf => {
  const paths: Record<string, string> = Object.fromEntries([...roots.map((text, i) => [`r${i}`, text]), ...branches.map((text, i) => [`z${i}`, text])]);
  const words = Object.values(paths).flatMap((text) => text.split(" -> "));
  const used = names.filter((name) => words.some((word) => word.split(".")[0] === name));
  return {
    vnf: "x",
    version: "1",
    connectionPoints: Object.fromEntries(points.map((point) => [point, { nsh: "proxy" as const }])),
    components: Object.fromEntries(used.map((name) => [name, { framework: "mock", onFull, outputs: outputs.filter((output) => words.includes(`${name}.${output}`)) }])),
    paths,
    nsh: { paths: Object.fromEntries(roots.map((_, i) => [`r${i}`, { spi: i + 1 }])) },
  };
});
const sound = packages.filter((vnf) => readGraph(vnf).faults.length === 0);

/** The reader's own understanding of spec/vnf-package.md: where a packet goes that stands at a word of a path. */
function follow(vnf: Vnf, route: string, choices: number[]): string[] {
  const text = (name: string) => vnf.paths[name]?.split(" -> ") ?? [];
  const main = text(route);
  const way = [main[0] as string];
  let [words, at] = [main, 1];
  for (let turn = 0; turn < 100; turn++) {
    const word = words[at] as string;
    if (points.includes(word)) return [...way, word];
    if (at === words.length - 1 && words !== main) {
      const other = Object.keys(vnf.paths).map(text).find((one) => one[0]?.includes(".") && one.slice(1, -1).includes(word)) as string[];
      [words, at] = main.includes(word) ? [main, main.indexOf(word)] : [other, other.indexOf(word)];
      continue;
    }
    way.push(word);
    const exits = ["out", ...(vnf.components?.[word]?.outputs ?? [])];
    const output = exits[(choices[way.length - 2] ?? 0) % exits.length] as string;
    if (output === "out") at++;
    else [words, at] = [branchOf(vnf, main, `${word}.${output}`), 1];
  }
  throw new Error("no end");
}

function branchOf(vnf: Vnf, main: string[], start: string): string[] {
  const all = Object.values(vnf.paths).map((text) => text.split(" -> ")).filter((words) => words[0] === start);
  const near = all.filter((words) => main.slice(1, -1).includes(words.at(-1) as string) || words.at(-1) === main.at(-1));
  const inBranches = Object.values(vnf.paths).map((text) => text.split(" -> ")).filter((words) => words[0]?.includes(".")).flatMap((words) => words.slice(1, -1));
  const far = all.filter((words) => [...points, ...inBranches].includes(words.at(-1) as string)); // others join another path than this
  return (near[0] ?? far[0]) as string[];
}

/** The same packet, moved by the plan's actions. */
function move(actions: Action[], path: Of<"add-path">, slots: string[], ports: string[], choices: number[], outputsOf: Record<string, string[]>): string[] {
  const way = [ports[path.ingress.port] as string];
  if (path.edge === undefined) return [...way, ports[path.egress as number] as string];
  const edges = of(actions, "add-edge");
  let edge = edges.find((one) => one.edge === path.edge) as Of<"add-edge">;
  for (let turn = 0; edge.to.slot !== 0; turn++) {
    const { slot, lane } = edge.to;
    const name = slots[slot] as string;
    way.push(name);
    const output = (choices[turn] ?? 0) % (outputsOf[name]?.length ?? 1);
    const next = edges.filter(({ from }) => from.slot === slot && from.lane === lane && from.output === output);
    expect(next).toHaveLength(1); // two would be replicas (spec/channel.md, section 4)
    edge = next[0] as Of<"add-edge">;
  }
  const exits = of(actions, "add-exit").filter((one) => one.edge === edge.edge && one.path === path.path);
  expect(exits).toHaveLength(1);
  return [...way, ports[exits[0]?.port as number] as string];
}

/** Every path of the plan, walked both ways; the n-th choice is that of the n-th component. */
const walk = (vnf: Vnf, choices: number[]) => {
  const plan = planVnf(vnf, bindings, { cpus: 2 });
  const slots = ["engine", ...Object.keys(plan.slots)];
  return of(plan.actions, "add-path").map((path) => ({
    moved: move(plan.actions, path, slots, Object.keys(plan.ports), choices, plan.outputs),
    told: follow(vnf, path.name, choices),
  }));
};

describe("any sound package", () => {
  it("is planned so that packets go as its paths say, whatever outputs they take", () => {
    fc.assert(
      fc.property(sound, fc.array(fc.nat({ max: 11 }), { minLength: 12, maxLength: 12 }), (vnf, choices) => {
        for (const { moved, told } of walk(vnf, choices)) expect(moved).toEqual(told);
      }),
      { numRuns: 400 },
    );
  });

  it("has no two lanes at a component whose way on is the same", () => {
    const straight = fc.array(root, { minLength: 1, maxLength: 6 }).map((roots): Vnf => {
      const paths = Object.fromEntries(roots.map((text, i) => [`r${i}`, text]));
      const used = names.filter((name) => roots.some((text) => text.includes(name) && text.split(" -> ").includes(name)));
      return { vnf: "x", version: "1", connectionPoints: Object.fromEntries(points.map((point) => [point, { nsh: "proxy" }])), components: Object.fromEntries(used.map((name) => [name, { framework: "c" }])), paths, nsh: { paths: Object.fromEntries(roots.map((_, i) => [`r${i}`, { spi: i }])) } };
    });
    fc.assert(
      fc.property(straight, (vnf) => {
        const plan = planVnf(vnf, bindings, { cpus: 2 });
        for (const [name, slot] of Object.entries(plan.slots)) {
          const tails = new Set(Object.values(vnf.paths).flatMap((text) => (text.split(" -> ").includes(name) ? [text.split(" -> ").slice(text.split(" -> ").indexOf(name), -1).join()] : [])));
          const lanes = of(plan.actions, "add-edge").filter(({ from }) => from.slot === slot).map(({ from }) => from.lane);
          expect([...lanes].sort()).toEqual([...tails].map((_, lane) => lane));
        }
      }),
    );
  });

  it("gets a plan whose numbers hold together, and an undo for each step", () => {
    fc.assert(
      fc.property(sound, (vnf) => {
        const plan = planVnf(vnf, bindings, { cpus: 2 });
        const [channel] = of(plan.actions, "create-channel");
        const edges = of(plan.actions, "add-edge");
        const components = of(plan.actions, "add-component").length;
        expect(channel?.frames).toBeGreaterThanOrEqual(framesFor({ ports: 3 * 512, edges: edges.length, components, creators: 0 }, channel?.edge_limit ?? 0));
        expect(new Set(edges.map((edge) => edge.edge)).size).toBe(edges.length);
        expect(new Set(edges.map(({ from }) => JSON.stringify(from))).size).toBe(edges.length);
        expect(undoPlan(plan)).toHaveLength(plan.actions.length - 1);
        expect(blockingCycle(edges)).toBe(false);
      }),
    );
  });

  it("keeps the packet generator honest: sound packages with branches and joins are not rare", () => {
    const made = fc.sample(sound, { numRuns: 300, seed: 7 });
    expect(made.filter((vnf) => Object.keys(vnf.paths).includes("z0")).length).toBeGreaterThan(60);
    expect(made.filter((vnf) => Object.values(vnf.paths).some((text) => text.includes(".") && names.includes(text.split(" -> ").at(-1) as string))).length).toBeGreaterThan(15);
  });
});

/** Are there components of which each waits for the next one's space, round in a circle? */
function blockingCycle(edges: Of<"add-edge">[]): boolean {
  let left = edges.filter((edge) => edge.block && edge.to.slot !== 0);
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    left = left.filter(({ to }) => left.some(({ from }) => from.slot === to.slot));
  }
  return left.length > 0;
}
