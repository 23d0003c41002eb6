/** From states and lanes to rings: one edge for each (process, output, lane) and process behind it, shared by all paths whose way from there is the same. */
import { componentOf, CovenError, type Vnf } from "@coven/contract";
import { directionsOf } from "./directions.ts";
import type { Graph, Hop } from "./graph.ts";
import { assignLanes } from "./lanes.ts";
import { edgesMax } from "./pool.ts";

export interface PlannedEdge {
  edge: number;
  from: { slot: number; output: number; lane: number };
  to: { slot: number; lane: number };
  block: boolean;
}

export interface Wiring {
  edges: PlannedEdge[];
  /** For each route the edge that it begins with, or the first of those to the replicas of one component; nothing for a wire. */
  ingress: (number | undefined)[];
  /** By which connection point a route's packets leave that come to slot 0 by an edge. */
  exits: { edge: number; route: number; point: string }[];
  notes: string[];
}

const engine = 0;

export function makeEdges(vnf: Vnf, graph: Graph, slots: Record<string, number>): Wiring {
  const builder = new Builder(graph, slots, directionsOf(vnf, graph));
  for (const route of graph.routes) builder.enter(route.entry);
  for (const at of graph.states.keys()) builder.leave(at);
  const wiring = { edges: builder.edges, ingress: builder.ingress, exits: builder.exits, notes: [] };
  refuseTooMany(wiring.edges, slots);
  return block(vnf, wiring, slots);
}

class Builder {
  /** From 1: an owner word that was never written names edge 0. */
  readonly edges: PlannedEdge[] = [];
  readonly ingress: (number | undefined)[] = [];
  readonly exits: Wiring["exits"] = [];
  private readonly known = new Map<string, number>();
  private readonly graph: Graph;
  private readonly lanes: number[];
  private readonly slots: Record<string, number>;

  constructor(graph: Graph, slots: Record<string, number>, directions: readonly number[]) {
    this.graph = graph;
    this.lanes = assignLanes(graph, directions);
    this.slots = slots;
  }

  /** The engine posts on each ingress edge by its own choice; lanes of slot 0 only keep their names apart. */
  enter(entry: Hop): void {
    if ("point" in entry) {
      this.ingress.push(undefined);
      return;
    }
    const places = this.places(entry.state);
    const [first] = places;
    const known = this.edges.find((edge) => edge.from.slot === engine && edge.to.slot === first?.slot && edge.to.lane === first.lane);
    const from = { slot: engine, output: 0, lane: this.edges.length };
    this.ingress.push(known?.edge ?? places.map((to) => this.add(from, to))[0]);
  }

  leave(at: number): void {
    const state = this.graph.states[at];
    for (const [output, hop] of state?.next.entries() ?? []) {
      const behind = "state" in hop ? this.places(hop.state) : [{ slot: engine, lane: 0 }];
      for (const from of this.places(at)) {
        const [edge] = behind.map((to) => this.add({ ...from, output }, to));
        if (!state || edge === undefined || "state" in hop || this.exits.some((exit) => exit.edge === edge && exit.route === state.route)) continue;
        this.exits.push({ edge, route: state.route, point: hop.point });
      }
    }
  }

  /** The processes of the component there. */
  private places(at: number): { slot: number; lane: number }[] {
    const component = this.graph.states[at]?.component;
    return Object.entries(this.slots).filter(([name]) => componentOf(name) === component).map(([, slot]) => ({ slot, lane: this.lanes[at] ?? 0 }));
  }

  private add(from: { slot: number; output: number; lane: number }, to: { slot: number; lane: number }): number {
    const key = `${from.slot} ${from.output} ${from.lane} ${to.slot}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const edge = this.edges.push({ edge: this.edges.length + 1, from, to, block: false });
    this.known.set(key, edge);
    return edge;
  }
}

/** Places in a slot's table that are no plan's: the return ring, and the alloc ring of a component that makes packets. */
const ownRings = 2;

function refuseTooMany(edges: PlannedEdge[], slots: Record<string, number>): void {
  for (const [name, slot] of Object.entries(slots)) {
    const count = ownRings + edges.filter(({ from, to }) => from.slot === slot || to.slot === slot).length;
    if (count > edgesMax) throw new CovenError("PLAN_TOO_LARGE", [`component ${name} needs ${count} rings`, edgesMax]);
  }
}

/** `block` is kept from edges of a cycle: two components that wait for each other's space would wait for ever. The engine never waits. */
function block(vnf: Vnf, wiring: Wiring, slots: Record<string, number>): Wiring {
  const notes: string[] = [];
  const edges = wiring.edges.map((edge) => {
    const process = Object.keys(slots).find((one) => slots[one] === edge.from.slot);
    const name = process && componentOf(process);
    if (name === undefined || vnf.components?.[name]?.onFull !== "block") return edge;
    if (edge.to.slot === engine || !reaches(wiring.edges, edge.to.slot, edge.from.slot)) return { ...edge, block: true };
    const peer = componentOf(Object.keys(slots).find((one) => slots[one] === edge.to.slot) ?? "");
    notes.push(`${name} -> ${peer}: onFull is drop here, not block, because packets also flow from ${peer} to ${name} and the two could wait for each other`);
    return edge;
  });
  return { ...wiring, edges, notes: [...new Set(notes)] };
}

function reaches(edges: PlannedEdge[], from: number, to: number): boolean {
  const seen = new Set([from]);
  for (const slot of seen) {
    for (const edge of edges) if (edge.from.slot === slot && edge.to.slot !== engine) seen.add(edge.to.slot);
  }
  return seen.has(to);
}
