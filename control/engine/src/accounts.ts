/** received + created = transmitted + dropped + in flight, at every instant (spec/channel.md §6). */
import { Ledger, place } from "./ledger.ts";
import type { Segment } from "./segment.ts";

export class Accounts {
  readonly segment: Segment;
  readonly ledger: Ledger;
  received = 0;
  created = 0;
  transmitted = 0;
  /** Descriptors that named a frame which no component had. They are no packets. */
  badFrames = 0;
  /** By number of the reason. */
  readonly dropped = new Map<number, number>();

  constructor(segment: Segment) {
    this.segment = segment;
    this.ledger = new Ledger(segment.shape.frames);
  }

  get inFlight(): number {
    return this.ledger.count(place.out);
  }

  /** A lent frame carries a packet of its component's own. */
  create(frame: number, path: number): void {
    this.created++;
    this.ledger.created(frame, path);
  }

  drop(frame: number, reason: number): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
    this.ledger.free(frame);
  }
}
