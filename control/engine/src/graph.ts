/** What a plan is made of, as the engine keeps it; made by its actions (spec/engine.md). */
import { type Action, CovenError } from "@coven/contract";
import * as at from "@coven/sdk/channel";
import type { HostAddon } from "@coven/sdk/host";
import { openPort } from "./ports/open.ts";
import type { Port } from "./ports/port.ts";
import { Consumer, Producer, Ring } from "./ring.ts";
import { type EdgeEntry, edgeCapacity, powerAbove, type Segment } from "./segment.ts";

type Of<Kind extends Action["do"]> = Extract<Action, { do: Kind }>;

export interface PortEnd { spec: Of<"open-port">; port: Port; rx_packets: number; rx_bytes: number; tx_packets: number; tx_bytes: number }
export interface ComponentEnd { spec: Of<"add-component">; returns: Consumer; alloc: { ring: Ring; producer: Producer } | undefined; dead: boolean; error: number }
export interface EdgeEnd {
  spec: Of<"add-edge">;
  ring: Ring;
  /** From slot 0. */
  producer: Producer | undefined;
  /** To slot 0, or to a component that is no more. */
  consumer: Consumer | undefined;
  /** Path -> port. */
  exits: Map<number, number>;
}
/** Ids of the rings that come with a component; edges of a plan lie below (engine/itf/src/graph.rs). */
const returnEdges = 0xff00;
const allocEdges = 0xff40;

const refuse = (what: string, why: string) => new CovenError("ENGINE_FAILED", [what, why]);

export class Graph {
  readonly ports = new Map<number, PortEnd>();
  readonly components = new Map<number, ComponentEnd>();
  readonly edges = new Map<number, EdgeEnd>();
  readonly paths: Of<"add-path">[] = [];
  readonly #segment: Segment;
  readonly #addon: HostAddon;
  #wantsMetadata: boolean | undefined;

  constructor(segment: Segment, addon: HostAddon) {
    this.#segment = segment;
    this.#addon = addon;
  }

  /** A plan from nothing; what takes something away again is the Rust engine's. */
  add(action: Action): void {
    if (action.do === "open-port") this.#openPort(action);
    else if (action.do === "add-component") this.#addComponent(action);
    else if (action.do === "add-edge") this.#addEdge(action);
    else if (action.do === "add-path") this.paths.push(action);
    else if (action.do === "add-exit") this.edge(action.edge).exits.set(action.path, action.port);
    else throw refuse(action.do, "this engine takes a plan from nothing, once");
  }

  /** Somebody reads metadata lines, or makes packets like others. */
  get wantsMetadata(): boolean {
    this.#wantsMetadata ??= [...this.components.values()].some(({ spec }) => spec.metadata || spec.creates);
    return this.#wantsMetadata;
  }

  edge(id: number): EdgeEnd {
    const edge = this.edges.get(id);
    if (!edge) throw refuse("apply the plan", `there is no edge ${id}`);
    return edge;
  }

  /** Where a port's plain packets go: the path without SPI, or where all have one the first. */
  routeOf(port: number): Of<"add-path"> | undefined {
    const its = this.paths.filter((path) => path.ingress.port === port);
    return its.find((path) => path.ingress.spi === undefined) ?? its[0];
  }

  #openPort(spec: Of<"open-port">): void {
    if (this.ports.has(spec.port)) throw refuse(`open port ${spec.name}`, `port ${spec.port} is open already`);
    this.ports.set(spec.port, { spec, port: openPort(spec, this.#addon), rx_packets: 0, rx_bytes: 0, tx_packets: 0, tx_bytes: 0 });
  }

  #addComponent(spec: Of<"add-component">): void {
    const { slots, frames } = this.#segment.shape;
    if (spec.slot < 1 || spec.slot > slots) throw refuse(`add component ${spec.name}`, `this channel has slots 1 to ${slots}`);
    if (this.components.has(spec.slot)) throw refuse(`add component ${spec.name}`, `slot ${spec.slot} is taken`);
    const returns = new Consumer(new Ring(this.#segment, powerAbove(frames)), false);
    const lent = spec.creates ? new Ring(this.#segment, edgeCapacity(at.LIMITS_ALLOC_LIMIT)) : undefined;
    const alloc = lent && { ring: lent, producer: new Producer(lent, allocEdges + spec.slot, at.LIMITS_ALLOC_LIMIT) };
    this.components.set(spec.slot, { spec, returns, alloc, dead: false, error: at.ERROR_NONE });
    const order = (offset: number, value: number) => Atomics.store(this.#segment.words, this.#segment.slotWord(spec.slot, offset), value);
    order(at.SLOT_OFF_SPIN_NS, spec.spin_ns);
    order(at.SLOT_OFF_PROFILE, { balanced: at.PROFILE_BALANCED, latency: at.PROFILE_LATENCY, power: at.PROFILE_POWER }[spec.profile]);
    // This engine sleeps whenever it can: it is to hear of every frame that comes home.
    order(at.SLOT_OFF_HUNGRY, 1);
  }

  #addEdge(spec: Of<"add-edge">): void {
    if (this.edges.has(spec.edge) || spec.edge < 1 || spec.edge >= returnEdges) throw refuse(`add edge ${spec.edge}`, "its number is taken, or none of an edge");
    for (const slot of [spec.from.slot, spec.to.slot]) if (slot !== 0 && !this.components.has(slot)) throw refuse(`add edge ${spec.edge}`, `there is no component in slot ${slot}`);
    const ring = new Ring(this.#segment, edgeCapacity(spec.limit));
    const producer = spec.from.slot === 0 ? new Producer(ring, spec.edge, spec.limit) : undefined;
    const consumer = spec.to.slot === 0 ? new Consumer(ring, spec.block) : undefined;
    this.edges.set(spec.edge, { spec, ring, producer, consumer, exits: new Map() });
  }

  /** Write the edge table of every component. */
  publish(): void {
    for (const [slot, component] of this.components) this.#segment.publish(slot, this.#table(slot, component));
  }

  #table(slot: number, { returns, alloc }: ComponentEnd): EdgeEntry[] {
    const { frames } = this.#segment.shape;
    const own = (ring: Ring, id: number, role: number, limit: number): EdgeEntry => ({ ring: ring.at, capacity: ring.capacity, id, role, block: false, output: 0, peer: 0, lane: 0, limit });
    const edges = [...this.edges.values()].flatMap(({ spec, ring }): EdgeEntry[] => {
      const entry = { ring: ring.at, capacity: ring.capacity, id: spec.edge, limit: spec.limit };
      // What the engine posts is pulled: it wants to know of space on every edge (spec/channel.md §6).
      if (spec.to.slot === slot) return [{ ...entry, role: at.ROLE_IN, block: spec.block || spec.from.slot === 0, output: 0, peer: spec.from.slot, lane: spec.to.lane }];
      if (spec.from.slot === slot) return [{ ...entry, role: at.ROLE_OUT, block: spec.block, output: spec.from.output, peer: spec.to.slot, lane: spec.from.lane }];
      return [];
    });
    const lent = alloc ? [own(alloc.ring, allocEdges + slot, at.ROLE_ALLOC, at.LIMITS_ALLOC_LIMIT)] : [];
    return [...edges, own(returns.ring, returnEdges + slot, at.ROLE_RETURN, frames), ...lent];
  }
}

export const isAlloc = (edge: number): boolean => edge >= allocEdges;
