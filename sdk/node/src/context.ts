import { notInHand } from "./errors.ts";
import { defineFields, layoutOf } from "./layout.ts";
import { LIMITS_CONTEXT_BYTES } from "./generated/channel.ts";
import { bytes, table } from "./memory.ts";
import { row } from "./native.ts";

/**
 * Names and types of the fields of the context, for authors to add to:
 * `declare module "@coven/sdk" { interface ContextFields { tenant: number } }`. The layout itself is the package's (`COVEN_CONTEXT`).
 */
// biome-ignore lint/suspicious/noEmptyInterface: authors augment it
export interface ContextFields {}

/** The 16 context bytes of a packet, read and written in place; by index, and by the names of the layout. */
class ContextBytes {
  readonly #packet: { readonly length: number };
  readonly #word: number;

  constructor(packet: { readonly length: number }, rowNumber: number) {
    this.#packet = packet;
    this.#word = rowNumber * row.words + row.context;
  }

  u8(index: number): number {
    if (index >>> 0 !== index || index >= LIMITS_CONTEXT_BYTES || this.#packet.length < 0) throw this.#wrong(index);
    return bytes[table[this.#word]! + index]!;
  }

  setU8(index: number, value: number): void {
    if (index >>> 0 !== index || index >= LIMITS_CONTEXT_BYTES || this.#packet.length < 0) throw this.#wrong(index);
    bytes[table[this.#word]! + index] = value;
  }

  get bytes(): Uint8Array {
    const at = this.at;
    return bytes.subarray(at, at + LIMITS_CONTEXT_BYTES);
  }

  /** @internal Where it lies in the segment. */
  get at(): number {
    if (this.#packet.length < 0) throw notInHand();
    return table[this.#word]!;
  }

  #wrong(index: number): Error {
    return this.#packet.length < 0 ? notInHand() : new RangeError(`context byte ${index}: there are ${LIMITS_CONTEXT_BYTES}`);
  }
}

export type Context = ContextBytes & ContextFields;
export const Context = ContextBytes as new (packet: { readonly length: number }, rowNumber: number) => Context;

/** @internal Give the context these fields, instead of those before. */
export function useLayout(text: string): void {
  defineFields(ContextBytes.prototype, layoutOf(text));
}

useLayout(process.env.COVEN_CONTEXT ?? "");
