/** What the engine knows of each frame, in private memory (spec/channel.md §6): admission and accounting rest on it alone. */
import { type Descriptor, frameOf, generationOf } from "./descriptor.ts";

export const place = { home: 0, out: 1, lent: 2 } as const;
type Place = (typeof place)[keyof typeof place];

export class Ledger {
  readonly total: number;
  readonly #place: Uint8Array;
  readonly #generation: Uint8Array;
  readonly #path: Uint16Array;
  readonly #slot: Uint8Array;
  readonly #free: number[];
  readonly #counts = [0, 0, 0];

  constructor(frames: number) {
    this.total = frames;
    this.#place = new Uint8Array(frames);
    this.#generation = new Uint8Array(frames);
    this.#path = new Uint16Array(frames);
    this.#slot = new Uint8Array(frames);
    this.#free = Array.from({ length: frames }, (_, index) => frames - 1 - index);
    this.#counts[place.home] = frames;
  }

  count = (where: Place): number => this.#counts[where] ?? 0;
  placeOf = (frame: number): Place => (this.#place[frame] ?? place.home) as Place;
  generationOf = (frame: number): number => this.#generation[frame] ?? 0;
  pathOf = (frame: number): number => this.#path[frame] ?? 0;
  /** Slot that it was lent to. */
  slotOf = (frame: number): number => this.#slot[frame] ?? 0;

  /** Out of home, with the next generation; for packets of `path`, or lent to `slot`. */
  grant(to: typeof place.out | typeof place.lent, { path = 0, slot = 0 }: { path?: number; slot?: number }): number | undefined {
    const frame = this.#free.pop();
    if (frame === undefined) return undefined;
    this.#generation[frame]! += 1;
    this.#path[frame] = path;
    this.#slot[frame] = slot;
    this.#move(frame, to);
    return frame;
  }

  /** A lent frame turned out to carry a packet of this path. */
  created(frame: number, path: number): void {
    this.#path[frame] = path;
    this.#move(frame, place.out);
  }

  free(frame: number): void {
    if (this.placeOf(frame) === place.home) return;
    this.#move(frame, place.home);
    this.#free.push(frame);
  }

  /** Is this a claim to a frame that a component has by the last grant? */
  admits(d: Descriptor): boolean {
    const frame = frameOf(d);
    return frame < this.total && this.placeOf(frame) !== place.home && this.generationOf(frame) === generationOf(d);
  }

  *away(): Generator<number, void> {
    for (let frame = 0; frame < this.total; frame++) if (this.placeOf(frame) !== place.home) yield frame;
  }

  #move(frame: number, to: Place): void {
    this.#counts[this.placeOf(frame)]! -= 1;
    this.#counts[to]! += 1;
    this.#place[frame] = to;
  }
}
