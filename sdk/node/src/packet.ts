import { LIMITS_CONTEXT_BYTES, META_OFF_CONTEXT, META_OFF_FLOW_HASH, META_OFF_MARK, META_OFF_NSH_PATH, META_OFF_TIME_NS } from "./generated/channel.ts";
import { bytes, table, view } from "./memory.ts";
import { native, row, rows } from "./native.ts";
import { checked, type Verdict } from "./verdict.ts";

/** The 16 context bytes of a packet, read and written in place. */
export class Context {
  readonly #word: number;

  constructor(rowNumber: number) {
    this.#word = rowNumber * row.words + row.context;
  }

  u8(index: number): number {
    if (index >>> 0 !== index || index >= LIMITS_CONTEXT_BYTES) throw outsideContext(index);
    return bytes[table[this.#word]! + index]!;
  }

  setU8(index: number, value: number): void {
    if (index >>> 0 !== index || index >= LIMITS_CONTEXT_BYTES) throw outsideContext(index);
    bytes[table[this.#word]! + index] = value;
  }

  get bytes(): Uint8Array {
    const at = table[this.#word]!;
    return bytes.subarray(at, at + LIMITS_CONTEXT_BYTES);
  }
}

/**
 * A packet in the hands of this component: an Ethernet frame, numbers in network byte order, offsets in bytes.
 * The object is used again for the next packet; it is valid until the author's function returns.
 */
export class Packet {
  readonly context: Context;
  /** Bytes. */
  length = 0;
  /** @internal Its row in the burst table. */
  readonly rowNumber: number;
  readonly #word: number;
  #at = 0;
  #data: Uint8Array | undefined;

  constructor(rowNumber: number) {
    this.rowNumber = rowNumber;
    this.#word = rowNumber * row.words;
    this.context = new Context(rowNumber);
  }

  /** @internal Look at the packet that stands in the row now. */
  refresh(): this {
    this.#at = table[this.#word + row.at]!;
    this.length = table[this.#word + row.length]!;
    this.#data = undefined;
    return this;
  }

  u8(offset: number): number {
    if (offset >>> 0 !== offset || offset + 1 > this.length) throw outside(offset, 1, this.length);
    return bytes[this.#at + offset]!;
  }

  u16(offset: number): number {
    if (offset >>> 0 !== offset || offset + 2 > this.length) throw outside(offset, 2, this.length);
    return view.getUint16(this.#at + offset);
  }

  u32(offset: number): number {
    if (offset >>> 0 !== offset || offset + 4 > this.length) throw outside(offset, 4, this.length);
    return view.getUint32(this.#at + offset);
  }

  setU8(offset: number, value: number): void {
    if (offset >>> 0 !== offset || offset + 1 > this.length) throw outside(offset, 1, this.length);
    bytes[this.#at + offset] = value;
  }

  setU16(offset: number, value: number): void {
    if (offset >>> 0 !== offset || offset + 2 > this.length) throw outside(offset, 2, this.length);
    view.setUint16(this.#at + offset, value);
  }

  setU32(offset: number, value: number): void {
    if (offset >>> 0 !== offset || offset + 4 > this.length) throw outside(offset, 4, this.length);
    view.setUint32(this.#at + offset, value);
  }

  /** The frame's bytes in place, made when asked for. */
  get data(): Uint8Array {
    this.#data ??= bytes.subarray(this.#at, this.#at + this.length);
    return this.#data;
  }

  get flowHash(): number {
    return view.getUint32(this.#meta() + META_OFF_FLOW_HASH, true);
  }

  /** Arrival, CLOCK_REALTIME, nanoseconds. */
  get timeNs(): bigint {
    return view.getBigUint64(this.#meta() + META_OFF_TIME_NS, true);
  }

  get mark(): number {
    return view.getUint32(this.#meta() + META_OFF_MARK, true);
  }

  set mark(value: number) {
    view.setUint32(this.#meta() + META_OFF_MARK, value, true);
  }

  /** Service path identifier (24 bits) and service index (8 bits) of the NSH that it came with; 0 if none. */
  get servicePath(): number {
    return view.getUint32(this.#meta() + META_OFF_NSH_PATH, true);
  }

  /** Burst form: where this packet goes; forward if nothing is set. */
  get verdict(): Verdict {
    return table[this.#word + row.verdict]!;
  }

  set verdict(verdict: Verdict) {
    table[this.#word + row.verdict] = checked(verdict);
  }

  /** Make room for `count` bytes in front, or, negative, cut them off. False, and nothing changed, without room. */
  growFront(count: number): boolean {
    return this.#grow(true, count);
  }

  /** The same at the end. */
  growBack(count: number): boolean {
    return this.#grow(false, count);
  }

  #grow(front: boolean, count: number): boolean {
    if (!native().grow(this.rowNumber, front, count)) return false;
    this.refresh();
    return true;
  }

  /** A copy of one's own, with the context; as with `packetNew`, undefined if no frame is to be had. */
  clone(): Packet | undefined {
    return own(native().clone(this.rowNumber));
  }

  /** Send a packet of one's own to an output; `Verdict.drop` gives it back. */
  send(output: Verdict): void {
    if (native().send(this.rowNumber, checked(output))) return;
    throw new Error("only a packet from packetNew() or clone() can be sent, and once; others go by the function's verdict");
  }

  // The metadata line that holds the context (spec/channel.md §8).
  #meta(): number {
    return table[this.#word + row.context]! - META_OFF_CONTEXT;
  }
}

/**
 * A packet of one's own, on the way that `like` takes: `length` bytes of undefined content, zero context.
 * Undefined if no frame is to be had. Needs `creates: true` (spec/vnf-package.md); at most 64 at a time are not yet sent.
 */
export function packetNew(length: number, like?: Packet): Packet | undefined {
  return own(native().create(length, like ? like.rowNumber : -1));
}

const owned = Array.from({ length: rows.own }, (_, index) => new Packet(rows.burst + index));
const own = (rowNumber: number): Packet | undefined => owned[rowNumber - rows.burst]?.refresh();

export function outside(offset: number, size: number, length: number): RangeError {
  return new RangeError(`offset ${offset}, size ${size}: outside the packet of ${length} bytes`);
}

function outsideContext(index: number): RangeError {
  return new RangeError(`context byte ${index}: there are ${LIMITS_CONTEXT_BYTES}`);
}
