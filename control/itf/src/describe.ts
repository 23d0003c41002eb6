/** A plan in the words of people, for `coven deploy --dry-run` and `coven validate`. */
import type { Action, Plan } from "@coven/contract";

type Of<Kind extends Action["do"]> = Extract<Action, { do: Kind }>;
interface Names { slot(slot: number): string; port(port: number): string; path(path: number): string; edge(edge: number): string; way(path: Of<"add-path">): string }
type Teller = { [Kind in Action["do"]]: (action: Of<Kind>, names: Names) => [what: string, text: string] };

const mebibyte = 1024 * 1024;
const list = (values: Record<string, unknown>): string => Object.entries(values).map(([key, value]) => ` ${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join("");
const spin = (ns: number): string => (ns === 0 ? "sleeps when idle" : ns >= 0xffffffff ? "polls" : `spins ${ns / 1000} µs before it sleeps`);

const tell: Teller = {
  "create-channel": (a) => ["channel", `${a.frames} frames of ${a.frame_size} bytes (${(a.frames * a.frame_size) / mebibyte} MiB), ${a.slots} component${a.slots === 1 ? "" : "s"}`],
  "open-port": (a) => [`port ${a.port}`, `${a.name}: ${a.backend}${list(a.options)}${a.nsh === "none" ? "" : `, NSH ${a.nsh}`}`],
  "close-port": (a, names) => [`port ${a.port}`, `${names.port(a.port)}: closed`],
  "set-role": (a, names) => [`port ${a.port}`, `${names.port(a.port)}: NSH ${a.nsh}`],
  "add-component": (a) => [`${a.shard === undefined ? "" : `thread ${a.shard} `}slot ${a.slot}`, `${a.name}: on crash ${a.on_crash}, ${spin(a.spin_ns)} (${a.profile})${a.metadata ? "" : ", no metadata"}${a.creates ? ", makes packets" : ""}`],
  "remove-component": (a, names) => [`slot ${a.slot}`, `${names.slot(a.slot)}: removed`],
  "add-edge": (a, names) => [`edge ${a.edge}`, `${names.edge(a.edge)}, ${a.limit} packets, then ${a.from.slot === 0 ? "the port waits" : a.block ? "block" : "drop"}`],
  "remove-edge": (a, names) => [`edge ${a.edge}`, `${names.edge(a.edge)}: removed`],
  "add-path": (a, names) => [`path ${a.path}`, `${a.name}: ${names.way(a)}${nsh(a)}`],
  "remove-path": (a, names) => [`path ${a.path}`, `${names.path(a.path)}: removed`],
  "add-exit": (a, names) => ["exit", `${names.path(a.path)}: ${names.edge(a.edge)} leaves by ${names.port(a.port)}`],
  "remove-exit": (a, names) => ["exit", `${names.path(a.path)}: ${names.edge(a.edge)} removed`],
  "add-rules": (a, names) => ["rules", `${names.port(a.port)}: ${(a.classify ?? []).length + (a.forward ?? []).length} ${a.classify ? "to classify by" : "next hops"}`],
  "remove-rules": (a, names) => ["rules", `${names.port(a.port)}: removed`],
};

const nsh = ({ nsh: header, context, oam }: Of<"add-path">): string =>
  header ? `, SPI ${header.spi} SI ${header.si}, context ${context}, OAM packets ${oam === "drop" ? "dropped" : "forwarded"}` : "";

/** One line for each action, then the planner's notes. */
export function describePlan(plan: Plan): string[] {
  const { threads = 1, pinned, cpu } = plan;
  const together = cpu === undefined ? [] : [`the engine and all components are on CPU ${cpu}`];
  const shared = threads === 1 ? [] : [`${threads} threads${pinned ? ", each on a CPU of its own" : ""}, share the flows; each has all of this, with components of its own: what is said of edges and paths is the first one's`];
  const names = namesOf(plan);
  const rows = plan.actions.map((action) => (tell[action.do] as (action: Action, names: Names) => [string, string])(action, names));
  const width = Math.max(0, ...rows.map(([what]) => what.length));
  const groups = (plan.groups ?? []).map((group) => ["fused", `${group.join(", ")}: one process`] as const);
  return [...together, ...shared, ...[...rows, ...groups].map(([what, text]) => `${what.padEnd(width)}  ${text}`), ...(plan.notes ?? []).map((note) => `note: ${note}`)];
}

function namesOf(plan: Plan): Names {
  const edges = of(plan, "add-edge");
  const slot = (wanted: number) => (wanted === 0 ? "engine" : nameOf(plan.slots, wanted, "slot"));
  const port = (wanted: number) => nameOf(plan.ports, wanted, "port");
  const output = (at: number, wanted: number) => (wanted === 0 ? slot(at) : `${slot(at)}.${plan.outputs[slot(at)]?.[wanted] ?? wanted}`);
  const lane = (at: number, wanted: number) => (at !== 0 && edges.some(({ to }) => to.slot === at && to.lane > 0) ? ` (lane ${wanted})` : "");
  const edge = (wanted: number) => {
    const found = edges.find((one) => one.edge === wanted);
    if (!found) return `edge ${wanted}`;
    const { from, to } = found;
    return `${output(from.slot, from.output)}${lane(from.slot, from.lane)} -> ${slot(to.slot)}${lane(to.slot, to.lane)}`;
  };
  const path = (wanted: number) => of(plan, "add-path").find((one) => one.path === wanted)?.name ?? `path ${wanted}`;
  return { slot, port, edge, path, way: (wanted) => wayOf(plan, wanted).join(" -> ") };

  /** The path as its packets go that take no named output. */
  function wayOf(plan: Plan, wanted: Of<"add-path">): string[] {
    const way = [port(wanted.ingress.port)];
    let at = edges.find((one) => one.edge === wanted.edge);
    for (let hops = 0; at && at.to.slot !== 0 && hops < edges.length; hops++) {
      const { slot: here, lane } = at.to;
      way.push(slot(here));
      at = edges.find(({ from }) => from.slot === here && from.lane === lane && from.output === 0);
    }
    const exit = of(plan, "add-exit").find((one) => one.edge === at?.edge && one.path === wanted.path);
    return [...way, port(wanted.egress ?? exit?.port ?? -1)];
  }
}

const of = <Kind extends Action["do"]>(plan: Plan, kind: Kind): Of<Kind>[] => plan.actions.filter((action): action is Of<Kind> => action.do === kind);

const nameOf = (numbers: Record<string, number>, wanted: number, kind: string): string => Object.keys(numbers).find((one) => numbers[one] === wanted) ?? `${kind} ${wanted}`;
