/** Components that know only network interfaces (`wired`, control/contract): which way each path goes through one, as through a cable. */
import { type Component, type Fault, type Vnf, wired, wiredFrameworks } from "@coven/contract";
import type { Graph, Hop } from "./graph.ts";
import { assignLanes } from "./lanes.ts";

interface Neighbours { before: Set<string>; after: string }

/**
 * For each state 0 or 1. The first path through a component says which way is forward, in by `in` and out by `out`: 0. A path that has a neighbour
 * of the first on the other side, and none on the same side, goes the other way: 1. For components that are not wired it is 0.
 */
export function directionsOf(vnf: Vnf, graph: Graph): number[] {
  const first = new Map<string, Neighbours>();
  return graph.states.map(({ component }, at) => {
    if (!wired(vnf.components?.[component])) return 0;
    const here = neighbours(graph, at);
    const known = first.get(component) ?? here;
    first.set(component, known);
    return goesBack(here, known) ? 1 : 0;
  });
}

function goesBack(here: Neighbours, first: Neighbours): boolean {
  if (here.after === first.after || meets(here.before, first.before)) return false;
  return first.before.has(here.after) || here.before.has(first.after);
}

const meets = (a: Set<string>, b: Set<string>) => [...a].some((name) => b.has(name));

function neighbours(graph: Graph, at: number): Neighbours {
  const name = (hop: Hop | undefined) => (hop === undefined ? "" : "point" in hop ? hop.point : (graph.states[hop.state]?.component ?? ""));
  const isHere = (hop: Hop) => "state" in hop && hop.state === at;
  const before = [...graph.states.filter(({ next }) => next.some(isHere)).map(({ component }) => component), ...graph.routes.filter(({ entry }) => isHere(entry)).map(({ from }) => from)];
  return { before: new Set(before), after: name(graph.states[at]?.next[0]) };
}

/** An interface can't say which of several ways a packet is to take: each direction has one. */
export function wireFaults(vnf: Vnf, graph: Graph): Fault[] {
  const [directions, lanes] = [directionsOf(vnf, graph), assignLanes(graph, directionsOf(vnf, graph))];
  return Object.entries(vnf.components ?? {}).flatMap(([name, component]): Fault[] => {
    if (!wired(component)) return [];
    const states = graph.states.flatMap((state, at) => (state.component === name ? [{ path: graph.routes[state.route]?.name ?? "", direction: directions[at], lane: lanes[at] }] : []));
    const clash = states.flatMap((one) => states.filter((other) => other.direction === one.direction && other.lane !== one.lane).map((other) => [one.path, other.path]))[0];
    return clash ? [{ reason: "WIRE_LANES", values: [name, ...clash], at: ["components", name] }] : [];
  });
}

/** Where a packet's NSH is left in it, a program behind interfaces sees it anyway; one that states a context would get two. */
export function twoHeaderFaults(vnf: Vnf, { routes, states }: Graph): Fault[] {
  const shown = ({ framework, context }: Component) => context !== undefined && wiredFrameworks.includes(framework);
  return Object.entries(vnf.components ?? {}).flatMap(([name, component]): Fault[] => {
    const froms = states.flatMap((state) => (shown(component) && state.component === name ? [routes[state.route]?.from ?? ""] : []));
    const from = froms.find((point) => ["aware", "forward"].includes(vnf.connectionPoints[point]?.nsh ?? ""));
    const text = `packets from ${from} (nsh: ${vnf.connectionPoints[from ?? ""]?.nsh}) have their NSH, as component ${name} sees it; leave out its context, and state it for the path (nsh.paths)`;
    return from === undefined ? [] : [{ reason: "SCHEMA", values: [text], at: ["components", name, "context"] }];
  });
}
