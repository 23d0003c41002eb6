/** The forwarding stage: one pass moves bursts from rings and ports to rings and ports. The same rules as engine/itf. */
import * as at from "@coven/sdk/channel";
import { Accounts } from "./accounts.ts";
import { type Descriptor, describe, frameOf, hasMore, isMarker, lengthOf, offsetOf } from "./descriptor.ts";
import { flowHash } from "./flow.ts";
import type { ComponentEnd, EdgeEnd, Graph, PortEnd } from "./graph.ts";
import { place } from "./ledger.ts";
import type { Arrival } from "./ports/port.ts";
import { BadCursor, type Consumer } from "./ring.ts";
import type { Segment } from "./segment.ts";

const burst_max = at.LIMITS_BURST_DEFAULT;
const shortest = 14;
const data_offset = at.LIMITS_DATA_OFFSET_DEFAULT;

export class Stage extends Accounts {
  receiving = false;
  readonly #graph: Graph;
  readonly #wake: (slot: number) => void;
  /** The context that every packet begins with. */
  readonly #context: Uint8Array;
  readonly #chained = new Set<EdgeEnd>();

  constructor(segment: Segment, graph: Graph, wake: (slot: number) => void, context: Uint8Array) {
    super(segment);
    this.#graph = graph;
    this.#wake = wake;
    this.#context = context;
  }

  /** Move a burst of everything once. False: there was nothing to do. */
  pass(): boolean {
    let moved = this.collect();
    for (const [number, end] of this.receiving ? this.#graph.ports : []) moved = this.#receive(number, end) || moved;
    for (const [slot, component] of this.#graph.components) this.#lend(slot, component);
    for (const { port } of this.#graph.ports.values()) port.push?.();
    return moved;
  }

  /** Take in what components have handed over. */
  collect(): boolean {
    let moved = false;
    for (const edge of this.#graph.edges.values()) if (edge.consumer) moved = this.#take(edge.consumer, edge.spec.from.slot, (d) => this.#leave(edge, d)) || moved;
    for (const [slot, { returns }] of this.#graph.components) moved = this.#take(returns, slot, (d) => this.#giveBack(slot, d)) || moved;
    return moved;
  }

  /** Nothing is with the components, and nothing lies in a ring between them. */
  get empty(): boolean {
    return this.ledger.count(place.out) === 0 && [...this.#graph.edges.values()].every(({ ring }) => ring.fill === 0);
  }

  /** Every port that replays is at its end. */
  get replayed(): boolean {
    return [...this.#graph.ports.values()].every(({ port }) => port.done || !port.replays);
  }

  #take(consumer: Consumer, from: number, each: (d: Descriptor) => void): boolean {
    let taken: readonly Descriptor[];
    try {
      taken = consumer.take(burst_max);
    } catch (error) {
      if (!(error instanceof BadCursor)) throw error;
      this.#blame(from, at.ERROR_BAD_CURSOR);
      return false;
    }
    for (const d of taken) each(d);
    if (consumer.freed()) this.#wake(from);
    return taken.length > 0;
  }

  #blame(slot: number, error: number): void {
    const component = this.#graph.components.get(slot);
    if (component) component.error = error;
  }

  /** A packet that arrived on an edge to slot 0, or to a component that is no more. */
  #leave(edge: EdgeEnd, d: Descriptor): void {
    if (isMarker(d)) return;
    const { slot } = edge.spec.from;
    if (!this.#admits(slot, d)) return;
    const frame = frameOf(d);
    if (this.ledger.placeOf(frame) === place.lent) this.create(frame, this.#pathOf(edge, frame));
    const chained = this.#chained.has(edge) || hasMore(d);
    if (hasMore(d)) this.#chained.add(edge);
    else this.#chained.delete(edge);
    const port = edge.exits.get(this.ledger.pathOf(frame));
    if (chained || !this.#allowed(d)) {
      this.#blame(slot, at.ERROR_BAD_DESCRIPTOR);
      this.drop(frame, at.REASON_BAD_DESCRIPTOR);
    } else if (edge.spec.to.slot !== 0) this.drop(frame, at.REASON_COMPONENT_DOWN);
    else if (port === undefined) this.drop(frame, at.REASON_NO_ROUTE);
    else this.#send(frame, port, this.segment.partOf(frame, offsetOf(d), lengthOf(d)));
  }

  /** Of the paths that leave where a packet of a component's own came out: that of the packet it was made like, by its port; else the first. */
  #pathOf(edge: EdgeEnd, frame: number): number {
    const line = new DataView(this.segment.bytes.buffer, this.segment.metaOf(frame), at.META_SIZE);
    const like = line.getBigUint64(at.META_OFF_TIME_NS, true) !== 0n;
    const its = this.#graph.paths.filter(({ path, ingress }) => like && ingress.port === line.getUint16(at.META_OFF_INGRESS_PORT, true) && edge.exits.has(path));
    return (its.find(({ ingress }) => ingress.spi === undefined) ?? its[0])?.path ?? Math.min(...edge.exits.keys());
  }

  #admits(slot: number, d: Descriptor): boolean {
    if (this.ledger.admits(d)) return true;
    this.badFrames++;
    this.#blame(slot, at.ERROR_BAD_DESCRIPTOR);
    return false;
  }

  #allowed = (d: Descriptor): boolean => offsetOf(d) >= at.LIMITS_HEADROOM_MIN && offsetOf(d) + lengthOf(d) <= this.segment.shape.frame_size;

  /** A frame that ended with a component. */
  #giveBack(slot: number, d: Descriptor): void {
    if (!this.#admits(slot, d)) return;
    const frame = frameOf(d);
    const reason = d.high <= at.REASON_UNKNOWN_OUTPUT ? d.high : at.REASON_COMPONENT;
    const lent = this.ledger.placeOf(frame) === place.lent;
    const unused = lent && this.ledger.slotOf(frame) === slot && reason === at.REASON_COMPONENT;
    if (lent && !unused) this.create(frame, 0);
    if (unused) this.ledger.free(frame);
    else this.drop(frame, reason);
  }

  #send(frame: number, number: number, bytes: Uint8Array): void {
    const end = this.#graph.ports.get(number);
    if (!end?.port.transmit(bytes)) {
      this.drop(frame, end ? at.REASON_PORT_FULL : at.REASON_PORT_DOWN);
      return;
    }
    end.tx_packets++;
    end.tx_bytes += bytes.length;
    this.transmitted++;
    this.ledger.free(frame);
  }

  #receive(number: number, end: PortEnd): boolean {
    const route = this.#graph.routeOf(number);
    const edge = route?.edge === undefined ? undefined : this.#graph.edges.get(route.edge);
    const room = edge?.producer ? edge.producer.space : burst_max;
    const arrivals = end.port.receive(Math.min(room, burst_max, this.ledger.count(place.home)));
    const staged: Descriptor[] = [];
    for (const arrival of arrivals) this.#admit(number, end, arrival, route, edge, staged);
    if (staged.length > 0 && edge?.producer) {
      for (const d of staged.slice(edge.producer.post(staged))) this.drop(frameOf(d), at.REASON_EDGE_FULL);
      this.#wake(edge.spec.to.slot);
    }
    return arrivals.length > 0;
  }

  #admit(number: number, end: PortEnd, arrival: Arrival, route: ReturnType<Graph["routeOf"]>, edge: EdgeEnd | undefined, staged: Descriptor[]): void {
    const frame = this.ledger.grant(place.out, { path: route?.path ?? 0 });
    if (frame === undefined) return;
    const fault = this.#faultOf(arrival);
    this.received++;
    end.rx_packets++;
    end.rx_bytes += fault === undefined ? arrival.bytes.length : 0;
    const lost = fault ?? (edge || route?.egress !== undefined ? undefined : at.REASON_NO_ROUTE);
    if (lost !== undefined) this.drop(frame, lost);
    else if (route?.egress !== undefined) this.#send(frame, route.egress, arrival.bytes);
    if (lost !== undefined || !edge) return;
    this.segment.bytes.set(arrival.bytes, this.segment.frameAt(frame) + data_offset);
    if (this.#graph.wantsMetadata) this.#describe(frame, number, arrival);
    staged.push(describe(frame, this.ledger.generationOf(frame), data_offset, arrival.bytes.length));
  }

  #faultOf({ bytes, original }: Arrival): number | undefined {
    if (original > this.segment.shape.frame_size - data_offset) return at.REASON_TOO_LARGE;
    return bytes.length < original || original < shortest ? at.REASON_TRUNCATED : undefined;
  }

  /** Fill the metadata line (spec/channel.md §8). */
  #describe(frame: number, port: number, { bytes, time_ns }: Arrival): void {
    const line = new DataView(this.segment.bytes.buffer, this.segment.metaOf(frame), at.META_SIZE);
    for (let word = 0; word < at.META_SIZE; word += 4) line.setUint32(word, 0);
    line.setUint32(at.META_OFF_FLOW_HASH, flowHash(bytes), true);
    line.setUint16(at.META_OFF_INGRESS_PORT, port, true);
    line.setBigUint64(at.META_OFF_TIME_NS, time_ns || 1n, true); // 0 says that there was no arrival
    this.segment.bytes.set(this.#context, this.segment.metaOf(frame) + at.META_OFF_CONTEXT);
  }

  /** Grant empty frames to a component that makes packets. Ports come first: a quarter of the pool is theirs. */
  #lend(slot: number, { alloc, dead }: ComponentEnd): void {
    if (!alloc || dead || alloc.producer.space < burst_max) return;
    const lent: Descriptor[] = [];
    while (lent.length < burst_max && this.ledger.count(place.home) > this.ledger.total / 4) {
      const frame = this.ledger.grant(place.lent, { slot });
      if (frame === undefined) break;
      lent.push(describe(frame, this.ledger.generationOf(frame), data_offset, 0));
    }
    alloc.producer.post(lent);
  }
}
