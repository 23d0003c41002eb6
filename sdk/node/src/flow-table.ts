/** What a component remembers of flows, bounded in number and in time. */
import { counter } from "./agent.ts";
import { Flow, fillFlow, flowWords, isBackward, turn } from "./flow.ts";
import { META_OFF_TIME_NS } from "./generated/channel.ts";
import { publish } from "./items.ts";
import { view } from "./memory.ts";
import type { Packet } from "./packet.ts";

const capacityMax = 1 << 24;
/** Entries that one operation takes away at most because their time is over: so each is of constant time. */
const expiredAtOnce = 8;
const none = -1;

/** Time is that of the packets, in seconds. An entry that a `get` or `put` touches begins its time anew. */
export class FlowTable<T> {
  readonly capacity: number;
  readonly #timeout: number;
  readonly #symmetric: boolean;
  readonly #words: Uint32Array;
  readonly #values: (T | undefined)[];
  readonly #used: Float64Array;
  /** First entry of each bucket; the next one of its bucket, or of the free ones; neighbours by time of use. */
  readonly #buckets: Int32Array;
  readonly #next: Int32Array;
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  readonly #key = new Uint32Array(flowWords);
  #newest = none;
  #oldest = none;
  #free = 0;
  #size = 0;
  #now = 0;
  readonly #expired: { add(amount: number): void };
  readonly #evicted: { add(amount: number): void };

  constructor(name: string, capacity: number, timeout: number, symmetric: boolean) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > capacityMax) throw new RangeError(`flow table ${name}: its capacity is a whole number from 1 to ${capacityMax}, not ${capacity}`);
    if (!(timeout > 0)) throw new RangeError(`flow table ${name}: its timeout is a number of seconds above 0, not ${timeout}`);
    this.capacity = capacity;
    this.#timeout = timeout;
    this.#symmetric = symmetric;
    this.#words = new Uint32Array(capacity * flowWords);
    this.#values = new Array(capacity).fill(undefined);
    this.#used = new Float64Array(capacity);
    this.#buckets = new Int32Array(2 ** Math.ceil(Math.log2(capacity + 1))).fill(none);
    this.#next = Int32Array.from({ length: capacity }, (_, index) => (index + 1 < capacity ? index + 1 : none));
    this.#newer = new Int32Array(capacity).fill(none);
    this.#older = new Int32Array(capacity).fill(none);
    publish({ name: `${name}_flows`, kind: "gauge", type: "integer", unit: "flows", help: `entries in the table, at most ${capacity}`, get: () => this.#size, reset: () => this.#forget() });
    this.#expired = counter(`${name}_expired`, "flows", `entries unused for ${timeout} s`);
    this.#evicted = counter(`${name}_evicted`, "flows", "entries that made room for others");
  }

  #forget(): void {
    while (this.#oldest !== none) this.#drop(this.#oldest);
    this.#now = 0;
  }

  /** Entries. */
  get size(): number {
    return this.#size;
  }

  get(of: Packet | Flow): T | undefined {
    const entry = this.#find(of);
    if (entry < 0) return undefined;
    this.#touch(entry);
    return this.#values[entry];
  }

  /** False, and nothing is kept: the packet has no flow. */
  put(of: Packet | Flow, value: T): boolean {
    let entry = this.#find(of);
    if (entry < none) return false;
    if (entry === none) entry = this.#take();
    this.#touch(entry);
    this.#values[entry] = value;
    return true;
  }

  /** Was there one? */
  remove(of: Packet | Flow): boolean {
    const entry = this.#find(of);
    if (entry < 0) return false;
    this.#drop(entry);
    return true;
  }

  /** From the latest. */
  *[Symbol.iterator](): Generator<[Flow, T], void> {
    for (let entry = this.#newest; entry !== none; entry = this.#older[entry]!) {
      const at = entry * flowWords;
      yield [new Flow(this.#words.slice(at, at + flowWords)), this.#values[entry] as T];
    }
  }

  /** The entry; `none`: there is none; less: the packet has no flow. The key is in `#key` then. */
  #find(of: Packet | Flow): number {
    if (of instanceof Flow) this.#key.set(of.words);
    else if (!this.#read(of)) return none - 1;
    if (this.#symmetric && isBackward(this.#key)) turn(this.#key);
    this.#expire();
    let entry = this.#buckets[this.#bucket(this.#key, 0)]!;
    while (entry !== none && !this.#isAt(entry)) entry = this.#next[entry]!;
    if (entry === none || !this.#isOver(entry)) return entry;
    this.#drop(entry);
    this.#expired.add(1);
    return none;
  }

  #read(packet: Packet): boolean {
    const at = packet.meta + META_OFF_TIME_NS;
    this.#now = Math.max(this.#now, (view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)) / 1e9);
    return fillFlow(this.#key, packet, packet.headers);
  }

  #isAt(entry: number): boolean {
    const at = entry * flowWords;
    for (let word = 0; word < flowWords; word++) if (this.#words[at + word] !== this.#key[word]) return false;
    return true;
  }

  #isOver = (entry: number): boolean => this.#now - this.#used[entry]! >= this.#timeout;

  #expire(): void {
    for (let count = 0; count < expiredAtOnce && this.#oldest !== none && this.#isOver(this.#oldest); count++) {
      this.#drop(this.#oldest);
      this.#expired.add(1);
    }
  }

  /** A free entry for `#key`; of a full table the one unused for longest. */
  #take(): number {
    if (this.#free === none) {
      this.#drop(this.#oldest);
      this.#evicted.add(1);
    }
    const entry = this.#free;
    this.#free = this.#next[entry]!;
    this.#words.set(this.#key, entry * flowWords);
    const bucket = this.#bucket(this.#key, 0);
    this.#next[entry] = this.#buckets[bucket]!;
    this.#buckets[bucket] = entry;
    this.#size++;
    return entry;
  }

  #drop(entry: number): void {
    const bucket = this.#bucket(this.#words, entry * flowWords);
    if (this.#buckets[bucket] === entry) this.#buckets[bucket] = this.#next[entry]!;
    else {
      let before = this.#buckets[bucket]!;
      while (this.#next[before] !== entry) before = this.#next[before]!;
      this.#next[before] = this.#next[entry]!;
    }
    this.#unlink(entry);
    this.#values[entry] = undefined;
    this.#next[entry] = this.#free;
    this.#free = entry;
    this.#size--;
  }

  #touch(entry: number): void {
    this.#used[entry] = this.#now;
    if (this.#newest === entry) return;
    if (this.#oldest !== none) this.#unlink(entry);
    this.#older[entry] = this.#newest;
    if (this.#newest !== none) this.#newer[this.#newest] = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  /** Out of the order of use; nothing if it is not in it. */
  #unlink(entry: number): void {
    const [newer, older] = [this.#newer[entry]!, this.#older[entry]!];
    if (newer !== none) this.#older[newer] = older;
    else if (this.#newest === entry) this.#newest = older;
    if (older !== none) this.#newer[older] = newer;
    else if (this.#oldest === entry) this.#oldest = newer;
    this.#newer[entry] = this.#older[entry] = none;
  }

  #bucket(words: Uint32Array, at: number): number {
    let hash = seed;
    for (let word = 0; word < flowWords; word++) hash = Math.imul(hash ^ words[at + word]!, 0x9e3779b1) ^ (hash >>> 15);
    return (hash ^ (hash >>> 16)) & (this.#buckets.length - 1);
  }
}

/** Of this process: so that nobody can choose flows that share a bucket. */
const seed = (Math.random() * 2 ** 32) | 0;

/** At most `capacity` entries; one unused for `timeout` seconds is gone. `symmetric`: both directions of a conversation are one entry. */
export const flowTable = <T>(name: string, capacity: number, timeout: number, symmetric = true): FlowTable<T> => new FlowTable<T>(name, capacity, timeout, symmetric);
