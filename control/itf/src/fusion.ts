/** Fused groups: components that share a process, where the package asks for it by `placement.fuse` (spec/vnf-package.md). */
import { type Component, type Fault, runtimeOf, runtimes, type Vnf } from "@coven/contract";
import type { Graph } from "./graph.ts";
import { hasOwnCpus, type Host } from "./placement.ts";

const fuseOf = (component: Component | undefined): string => component?.placement?.fuse ?? "none";

/** Names of the components that stand in a path, as packets come to them. */
const inOrder = ({ states }: Graph): string[] => [...new Set(states.map(({ component }) => component))];

/** The groups, each in the order of its paths. `auto` is for who would share a CPU: with one for each they work side by side. */
export function fusedGroups(vnf: Vnf, graph: Graph, host: Host): string[][] {
  const names = inOrder(graph);
  const words = [...new Set(names.filter((name) => isNamed(vnf, name)).map((name) => fuseOf(vnf.components?.[name])))];
  const named = words.map((word) => names.filter((name) => fuseOf(vnf.components?.[name]) === word));
  const automatic = names.filter((name) => fuseOf(vnf.components?.[name]) === "auto" && unfit(vnf, name) === undefined);
  const alone = hasOwnCpus(host, names.length);
  return [...named, ...(alone ? [] : clusters(vnf, graph, automatic))];
}

const isNamed = (vnf: Vnf, name: string): boolean => !["none", "auto"].includes(fuseOf(vnf.components?.[name]));

/** Neighbours of one runtime, as many together as can be. */
function clusters(vnf: Vnf, graph: Graph, names: string[]): string[][] {
  const left = new Set(names);
  const found: string[][] = [];
  for (const name of names) {
    if (!left.has(name)) continue;
    const runtime = runtimeOf(vnf.components?.[name]);
    const together = reached(graph, name, names.filter((other) => runtimeOf(vnf.components?.[other]) === runtime));
    for (const one of together) left.delete(one);
    if (together.length > 1) found.push(together);
  }
  return found;
}

/** Of `names` those that packets go between from `start` on, directly, in either direction. */
function reached({ states }: Graph, start: string, names: string[]): string[] {
  const hops = states.flatMap(({ component, next }) => next.flatMap((hop) => ("state" in hop ? [[component, states[hop.state]?.component ?? ""] as const] : [])));
  const seen = new Set([start]);
  for (const at of seen) {
    for (const [a, b] of hops) if (at === a || at === b) for (const other of [a, b]) if (names.includes(other)) seen.add(other);
  }
  return names.filter((name) => seen.has(name));
}

/** Why a component has a process of its own, whatever it asks for. */
function unfit({ threads = 1, components = {} }: Vnf, name: string): string | undefined {
  const component = components[name];
  if (component === undefined) return undefined;
  if (runtimeOf(component) === undefined) return `framework ${component.framework} gives each component a process of its own; those that share one are of ${Object.keys(runtimes).join(", ")}`;
  if (component.artifact) return "it is prebuilt, a program of its own";
  if (threads > 1) return `the VNF has ${threads} threads, with a process of it in each`;
  return (component.replicas ?? 1) > 1 ? "it has replicas, each of which is a process of its own" : undefined;
}

/** What is wrong with the groups that a package names. */
export function fusionFaults(vnf: Vnf, graph: Graph): Fault[] {
  const names = inOrder(graph).filter((name) => isNamed(vnf, name));
  return names.flatMap((name): Fault[] => {
    const why = refusal(vnf, graph, name, names.filter((other) => fuseOf(vnf.components?.[other]) === fuseOf(vnf.components?.[name])));
    return why === undefined ? [] : [{ reason: "FUSION", values: [name, why], at: ["components", name, "placement", "fuse"] }];
  });
}

function refusal(vnf: Vnf, graph: Graph, name: string, group: string[]): string | undefined {
  const component = vnf.components?.[name];
  const [first = name] = group;
  const other = vnf.components?.[first]?.framework;
  const misfit = unfit(vnf, name);
  if (misfit) return misfit;
  if (group.length === 1) return `no other component names the group ${fuseOf(component)}`;
  if (runtimeOf(component) !== runtimeOf(vnf.components?.[first])) return `its framework is ${component?.framework}, that of ${first}, in the same group, ${other}`;
  return reached(graph, first, group).includes(name) ? undefined : `no packet goes directly between it and ${first}, or another component of the group ${fuseOf(component)} that does`;
}
