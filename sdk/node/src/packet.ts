import { Context } from "./context.ts";
import { notInHand, outside } from "./errors.ts";
import { META_OFF_CONTEXT, META_OFF_FLOW_HASH, META_OFF_MARK, META_OFF_NSH_PATH, META_OFF_TIME_NS } from "./generated/channel.ts";
import { Headers } from "./headers/headers.ts";
import type { Icmp, Tcp, Udp } from "./headers/transport.ts";
import type { Ethernet, Vlan } from "./headers/ethernet.ts";
import type { Ipv4 } from "./headers/ipv4.ts";
import type { Ipv6 } from "./headers/ipv6.ts";
import { type Flow, flowOf } from "./flow.ts";
import { bytes, table, view } from "./memory.ts";
import { native, row, rows } from "./native.ts";
import { Nsh, nshPlace } from "./nsh/nsh.ts";
import { checked, type Verdict } from "./verdict.ts";

// Views of headers hold for one burst: so a packet that nobody asks for any costs nothing.
let turn = 0;
export const nextTurn = (): number => turn++;

/**
 * A packet in the hands of this component: an Ethernet frame, numbers in network byte order, offsets in bytes.
 * The object is used again for the next packet; it is valid until the author's function returns, and says so afterwards.
 */
export class Packet {
  /** 16 bytes that travel with the packet; by name where the package states a layout (`ContextFields`). */
  readonly context: Context;
  /** Bytes. */
  length = -1;
  /** @internal Its row in the burst table. */
  readonly rowNumber: number;
  readonly #word: number;
  #at = 0;
  #data: Uint8Array | undefined;
  #headers: Headers | undefined;
  #parsed = -1;
  #nsh: Nsh | undefined;

  constructor(rowNumber: number) {
    this.rowNumber = rowNumber;
    this.#word = rowNumber * row.words;
    this.context = new Context(this, rowNumber);
  }

  /** @internal Look at the packet that stands in the row now. */
  refresh(): this {
    this.#at = table[this.#word + row.at]!;
    this.length = table[this.#word + row.length]!;
    return this;
  }

  /** @internal What was learnt of its headers no longer holds. */
  forget(): this {
    this.#parsed = -1;
    return this.refresh();
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
    const known = this.#data;
    if (known && known.byteOffset === this.#at && known.length === this.length && this.length > 0) return known;
    if (this.length < 0) throw notInHand();
    this.#data = bytes.subarray(this.#at, this.#at + this.length);
    return this.#data;
  }

  /** Destination, source, type. */
  get ethernet(): Ethernet {
    return this.#parse().ethernet;
  }

  /** The outermost tag. */
  get vlan(): Vlan | undefined {
    return this.#parse().vlan;
  }

  get ipv4(): Ipv4 | undefined {
    return this.#parse().ipv4;
  }

  get ipv6(): Ipv6 | undefined {
    return this.#parse().ipv6;
  }

  get tcp(): Tcp | undefined {
    return this.#parse().tcp;
  }

  get udp(): Udp | undefined {
    return this.#parse().udp;
  }

  /** ICMP and ICMPv6. */
  get icmp(): Icmp | undefined {
    return this.#parse().icmp;
  }

  /** What stands behind TCP, UDP or ICMP, without Ethernet's padding, in place. */
  get payload(): Uint8Array | undefined {
    return this.#parse().payload;
  }

  /** Protocol, addresses and ports, as a key; undefined where there is no IP. */
  get flow(): Flow | undefined {
    return flowOf(this, this.#parse());
  }

  /** After payload was written in place: the checksums of IPv4, TCP, UDP and ICMP anew. False: that of the transport stays as it is, for the packet is a fragment or cut short, or has none. */
  updateChecksums(): boolean {
    return this.#parse().updateChecksums();
  }

  /** The NSH, where the packet came with one (docs/nsh.md, `aware`; at a `proxy` to be read alone). */
  get nsh(): Nsh | undefined {
    const meta = this.meta;
    if (nshPlace(meta) < 0) return undefined;
    this.#nsh ??= new Nsh(this);
    return this.#nsh;
  }

  /** @internal */
  get headers(): Headers {
    return this.#parse();
  }

  #parse(): Headers {
    this.#headers ??= new Headers(this);
    if (this.#parsed !== turn) {
      if (this.length < 0) throw notInHand();
      this.#headers.parse();
      this.#parsed = turn;
    }
    return this.#headers;
  }

  get flowHash(): number {
    return view.getUint32(this.meta + META_OFF_FLOW_HASH, true);
  }

  /** Arrival, CLOCK_REALTIME, nanoseconds. */
  get timeNs(): bigint {
    return view.getBigUint64(this.meta + META_OFF_TIME_NS, true);
  }

  get mark(): number {
    return view.getUint32(this.meta + META_OFF_MARK, true);
  }

  set mark(value: number) {
    view.setUint32(this.meta + META_OFF_MARK, value, true);
  }

  /** Service path identifier (24 bits) and service index (8 bits) of the NSH that it came with; 0 if none. */
  get servicePath(): number {
    return view.getUint32(this.meta + META_OFF_NSH_PATH, true);
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
    if (this.length < 0) throw notInHand();
    if (!native().grow(this.rowNumber, front, count)) return false;
    this.forget();
    return true;
  }

  /** A copy of one's own, with the context; as with `packetNew`, undefined if no frame is to be had. */
  clone(): Packet | undefined {
    if (this.length < 0) throw notInHand();
    return own(native().clone(this.rowNumber));
  }

  /** Send a packet of one's own to an output; `Verdict.drop` gives it back. */
  send(output: Verdict): void {
    const sent = native().send(this.rowNumber, checked(output));
    if (!sent) throw new Error("only a packet from packetNew() or clone() can be sent, and once; others go by the function's verdict");
    this.length = -1;
  }

  /** @internal Byte offset of its metadata line in the segment (spec/channel.md §8). */
  get meta(): number {
    if (this.length < 0) throw notInHand();
    return table[this.#word + row.context]! - META_OFF_CONTEXT;
  }

  /** @internal Byte offset of its first byte in the segment. */
  get at(): number {
    return this.#at;
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
const own = (rowNumber: number): Packet | undefined => owned[rowNumber - rows.burst]?.forget();
