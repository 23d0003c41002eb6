import type { Headers } from "./headers.ts";

/** One header of a packet in place: it is the packet's, valid as long as that is. */
export class View {
  /** @internal */
  protected readonly headers: Headers;

  constructor(headers: Headers) {
    this.headers = headers;
  }

  /** @internal `count` bytes in place. */
  protected part(at: number, count: number): Uint8Array {
    return this.headers.packet.data.subarray(at, at + count);
  }
}

export function fitting(what: string, value: number, most: number): number {
  if (value >>> 0 !== value || value > most) throw new RangeError(`${what} takes a whole number from 0 to ${most}, not ${value}`);
  return value;
}

export function sized(what: string, bytes: Uint8Array, count: number): Uint8Array {
  if (bytes.length !== count) throw new RangeError(`${what} takes ${count} bytes, not ${bytes.length}`);
  return bytes;
}
