/** The two ends of a ring (spec/channel.md §2). Each keeps its own cursor in private memory and reads only its peer's. */
import { RING_OFF_HEAD, RING_OFF_SLOTS, RING_OFF_TAIL, RING_OFF_WANT } from "@coven/sdk/channel";
import { type Descriptor, frameOf, generationOf, ownerHigh } from "./descriptor.ts";
import type { Segment } from "./segment.ts";

/** The cursor of the peer can't be: nothing is taken. */
export class BadCursor extends Error {}

export class Ring {
  readonly segment: Segment;
  readonly at: number;
  readonly capacity: number;

  constructor(segment: Segment, capacity: number) {
    this.segment = segment;
    this.capacity = capacity;
    this.at = segment.takeRing(capacity);
  }

  word = (offset: number): number => (this.at + offset) / 4;
  load = (offset: number): number => Atomics.load(this.segment.words, this.word(offset));
  store = (offset: number, value: number): number => Atomics.store(this.segment.words, this.word(offset), value);
  get head(): number {
    return this.load(RING_OFF_HEAD);
  }
  get tail(): number {
    return this.load(RING_OFF_TAIL);
  }
  /** Descriptors that lie there, as the shared cursors say. */
  get fill(): number {
    return Math.min((this.head - this.tail) >>> 0, this.capacity);
  }

  read(cursor: number): Descriptor {
    const index = this.#slot(cursor);
    return { low: this.segment.words[index] ?? 0, high: this.segment.words[index + 1] ?? 0 };
  }

  write(cursor: number, { low, high }: Descriptor): void {
    const index = this.#slot(cursor);
    this.segment.words[index] = low;
    this.segment.words[index + 1] = high;
  }

  #slot = (cursor: number): number => this.word(RING_OFF_SLOTS) + 2 * (cursor & (this.capacity - 1));
}

/** The end that posts. */
export class Producer {
  readonly ring: Ring;
  readonly #edge: number;
  readonly #limit: number;
  #head = 0;

  constructor(ring: Ring, edge: number, limit: number) {
    this.ring = ring;
    this.#edge = edge;
    this.#limit = limit;
  }

  /** Entries below the limit; 0 if the peer's cursor is damaged. */
  get space(): number {
    const fill = (this.#head - this.ring.tail) >>> 0;
    return fill > this.#limit ? 0 : this.#limit - fill;
  }

  /** Post as many as there is room for, and say how many. Afterwards the consumer is to be woken. */
  post(burst: readonly Descriptor[]): number {
    const { segment } = this.ring;
    const count = Math.min(burst.length, this.space);
    for (let index = 0; index < count; index++) {
      const d = burst[index]!;
      const owner = segment.ownerWord(frameOf(d));
      segment.words[owner] = this.#head;
      segment.words[owner + 1] = ownerHigh(this.#edge, generationOf(d));
      this.ring.write(this.#head, d);
      this.#head = (this.#head + 1) >>> 0;
    }
    if (count > 0) this.ring.store(RING_OFF_HEAD, this.#head);
    return count;
  }

  /** Before parking: ring when there is space again. */
  want(): void {
    this.ring.store(RING_OFF_WANT, 1);
  }
}

const nothing: readonly Descriptor[] = [];

/** The end that takes. */
export class Consumer {
  readonly ring: Ring;
  readonly #block: boolean;
  #tail: number;

  constructor(ring: Ring, block: boolean) {
    this.ring = ring;
    this.#block = block;
    this.#tail = ring.tail;
  }

  get ready(): number {
    const ready = (this.ring.head - this.#tail) >>> 0;
    if (ready > this.ring.capacity) throw new BadCursor();
    return ready;
  }

  /** Copies; unchecked as yet. */
  take(most: number): readonly Descriptor[] {
    const count = Math.min(this.ready, most);
    if (count === 0) return nothing;
    const taken: Descriptor[] = [];
    for (let index = 0; index < count; index++) taken.push(this.ring.read((this.#tail + index) >>> 0));
    this.#tail = (this.#tail + count) >>> 0;
    this.ring.store(RING_OFF_TAIL, this.#tail);
    return taken;
  }

  /** After a take on a `block` edge: the producer waits for space, and there is enough for it to be woken. */
  freed(): boolean {
    if (!this.#block || this.ring.load(RING_OFF_WANT) === 0 || this.ready > this.ring.capacity / 2) return false;
    return Atomics.exchange(this.ring.segment.words, this.ring.word(RING_OFF_WANT), 0) === 1;
  }
}
