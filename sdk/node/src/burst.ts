import { outside } from "./errors.ts";
import { bytes, table, view } from "./memory.ts";
import { row, rows } from "./native.ts";
import { Packet } from "./packet.ts";
import { checked, type Verdict } from "./verdict.ts";

/** Up to 64 packets at a time; each is forwarded unless its verdict is set. Valid until the author's function returns. */
export class Burst {
  /** Packets. */
  length = 0;
  readonly #packets = Array.from({ length: rows.burst }, (_, index) => new Packet(index));
  #handed = false;
  #latest = 0;

  /** Packet `index`, as an object of its own. */
  packet(index: number): Packet {
    this.#latest = this.#check(index);
    this.#handed = true;
    return this.#packets[index]!.refresh();
  }

  /** @internal The packet that the author asked for last, else the first: the likely cause of an exception. */
  get latest(): Packet {
    return this.packet(this.#latest < this.length ? this.#latest : 0);
  }

  *[Symbol.iterator](): Generator<Packet, void> {
    for (let index = 0; index < this.length; index++) yield this.packet(index);
  }

  setVerdict(index: number, verdict: Verdict): void {
    table[this.#check(index) * row.words + row.verdict] = checked(verdict);
  }

  /** Length of packet `index` in bytes. */
  lengthOf(index: number): number {
    return table[this.#check(index) * row.words + row.length]!;
  }

  u8(index: number, offset: number): number {
    return bytes[this.#at(index, offset, 1)]!;
  }

  u16(index: number, offset: number): number {
    return view.getUint16(this.#at(index, offset, 2));
  }

  u32(index: number, offset: number): number {
    return view.getUint32(this.#at(index, offset, 4));
  }

  /** @internal The function has returned: none of its packets is in hand any more. */
  release(): void {
    this.length = 0;
    if (!this.#handed) return;
    this.#handed = false;
    this.#latest = 0;
    for (const packet of this.#packets) packet.length = -1;
  }

  #check(index: number): number {
    if (index >>> 0 !== index || index >= this.length) throw new RangeError(`packet ${index} of a burst of ${this.length}`);
    return index;
  }

  #at(index: number, offset: number, size: number): number {
    const word = this.#check(index) * row.words;
    const length = table[word + row.length]!;
    if (offset >>> 0 !== offset || offset + size > length) throw outside(offset, size, length);
    return table[word]! + offset;
  }
}
