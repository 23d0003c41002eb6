/** The NSH (RFC 8300) in the frame. Read in place; metadata of MD type 2 may be changed where the header is inside the packet. */
import { META_FLAG_NSH, META_OFF_FLAGS, META_OFF_NSH_LENGTH, META_OFF_NSH_OFFSET, META_SIZE } from "../generated/channel.ts";
import { bytes, frames, view } from "../memory.ts";
import type { MetadataKind } from "./metadata.ts";
import type { Packet } from "../packet.ts";

const baseBytes = 8;
const lengthMax = 252;
const [lengthMask, mdMask] = [0x3f, 0x0f];
const md2 = 2;
const headBytes = 4;
const valueMax = 0x7f;

/** One TLV of MD type 2 (RFC 8300 §2.5.1): `value` without padding, a copy. */
export interface Metadata {
  readonly class: number;
  readonly type: number;
  readonly value: Uint8Array;
}

/** Byte offset of the header in the segment, by the metadata line at `meta`; -1: there is none. */
export function nshPlace(meta: number): number {
  if ((view.getUint16(meta + META_OFF_FLAGS, true) & META_FLAG_NSH) === 0) return -1;
  const offset = view.getUint16(meta + META_OFF_NSH_OFFSET, true);
  // Zero: made by a classifier, and not in the frame. The line is anybody's in this VNF to write, so the place is checked.
  if (offset === 0 || offset + baseBytes > frames.size) return -1;
  const place = frames.pool + ((meta - frames.meta) / META_SIZE) * frames.size + offset;
  const length = lengthAt(place);
  return length < baseBytes || offset + length > frames.size ? -1 : place;
}

const lengthAt = (place: number): number => (bytes[place + 1]! & lengthMask) * 4;
const padded = (length: number): number => (length + 3) & ~3;

export class Nsh {
  readonly #packet: Packet;

  /** @internal */
  constructor(packet: Packet) {
    this.#packet = packet;
  }

  get #at(): number {
    const place = nshPlace(this.#packet.meta);
    if (place < 0) throw new Error("this packet has no NSH any more");
    return place;
  }

  /** Service path identifier. */
  get spi(): number {
    return view.getUint32(this.#at + 4) >>> 8;
  }
  /** Service index. */
  get si(): number {
    return bytes[this.#at + 7]!;
  }
  get ttl(): number {
    return (view.getUint16(this.#at) >> 6) & lengthMask;
  }
  get oam(): boolean {
    return (bytes[this.#at]! & 0x20) !== 0;
  }
  get mdType(): number {
    return bytes[this.#at + 2]! & mdMask;
  }
  get nextProtocol(): number {
    return bytes[this.#at + 3]!;
  }
  /** Of the whole header, in bytes. */
  get length(): number {
    return lengthAt(this.#at);
  }

  /** In order, unknown ones included; none where the MD type is another. A TLV that is cut short ends it. */
  get metadata(): Metadata[] {
    return [...this.#entries()].map(({ class: kind, type, at, length }) => ({ class: kind, type, value: bytes.slice(at + headBytes, at + headBytes + length) }));
  }

  /** The value of the first of its kind. */
  get(kind: number, type: number): Uint8Array | undefined {
    const found = this.#find(kind, type);
    return found && bytes.slice(found.at + headBytes, found.at + headBytes + found.length);
  }

  /** The same as the fields of a known kind; undefined too where the value is none of it. */
  read<T>(kind: MetadataKind<T>): T | undefined {
    const value = this.get(kind.class, kind.type);
    return value && kind.read(value);
  }

  /** `set` with the fields of a known kind. */
  write<T>(kind: MetadataKind<T>, fields: T): boolean {
    return this.set(kind.class, kind.type, kind.write(fields));
  }

  /**
   * Replace the first of its kind, or add one at the end. False, and nothing changed: the header is at a `proxy` or of another
   * MD type, `value` has more than 127 bytes, the header would have more than 252, or there is no room in front of the packet.
   */
  set(kind: number, type: number, value: Uint8Array): boolean {
    if (kind >>> 0 !== kind || kind > 0xffff || type >>> 0 !== type || type > 0xff) throw new RangeError(`metadata has a class of 16 bits and a type of 8, not ${kind} and ${type}`);
    if (value.length > valueMax) return false;
    const known = this.#find(kind, type);
    const tlv = new Uint8Array(headBytes + padded(value.length));
    tlv.set([kind >> 8, kind & 0xff, type, value.length]);
    tlv.set(value, headBytes);
    const at = this.#at;
    if (known) return this.#splice(known.at - at, headBytes + padded(known.length), tlv);
    return this.#splice(this.length, 0, tlv);
  }

  /** Take the first of its kind away; false: there is none, or nothing here can be changed. */
  remove(kind: number, type: number): boolean {
    const known = this.#find(kind, type);
    return known !== undefined && this.#splice(known.at - this.#at, headBytes + padded(known.length), new Uint8Array(0));
  }

  #find(kind: number, type: number): { at: number; length: number } | undefined {
    for (const entry of this.#entries()) if (entry.class === kind && entry.type === type) return entry;
    return undefined;
  }

  *#entries(): Generator<{ class: number; type: number; at: number; length: number }, void> {
    if (this.mdType !== md2) return;
    const end = this.#at + this.length;
    for (let at = this.#at + baseBytes; at + headBytes <= end; ) {
      const length = bytes[at + 3]! & valueMax;
      if (at + headBytes + padded(length) > end) return;
      yield { class: view.getUint16(at), type: bytes[at + 2]!, at, length };
      at += headBytes + padded(length);
    }
  }

  /** Every piece ends where the next one begins. */
  get #isWhole(): boolean {
    let end = this.#at + baseBytes;
    for (const { at, length } of this.#entries()) end = at + headBytes + padded(length);
    return this.mdType === md2 && end === this.#at + this.length;
  }

  /** Put `tlv` in the place of `old` bytes at `from` in the header. What stands before it moves, the inner packet stays. */
  #splice(from: number, old: number, tlv: Uint8Array): boolean {
    const packet = this.#packet;
    const growth = tlv.length - old;
    const [at, length] = [this.#at, this.length];
    if (!this.#isWhole || at < packet.at || at + length > packet.at + packet.length || length + growth > lengthMax) return false;
    const start = packet.at;
    const before = bytes.slice(start, at + from);
    if (growth !== 0 && !packet.growFront(growth)) return false;
    bytes.set(before, start - growth);
    bytes.set(tlv, at + from - growth);
    const place = at - growth;
    bytes[place + 1] = (bytes[place + 1]! & ~lengthMask) | ((length + growth) / 4);
    view.setUint16(packet.meta + META_OFF_NSH_OFFSET, view.getUint16(packet.meta + META_OFF_NSH_OFFSET, true) - growth, true);
    view.setUint16(packet.meta + META_OFF_NSH_LENGTH, length + growth, true);
    return true;
  }
}
