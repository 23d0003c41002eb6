/** Descriptors and owner words (spec/channel.md §5, §6) as two 32-bit halves: a number holds no u64. */
import { DESCRIPTOR_GENERATION_SHIFT, DESCRIPTOR_MARKER_INDEX, DESCRIPTOR_MORE_BIT } from "@coven/sdk/channel";

export interface Descriptor {
  readonly low: number;
  readonly high: number;
}

export const frameOf = (d: Descriptor): number => d.low & DESCRIPTOR_MARKER_INDEX;
export const generationOf = (d: Descriptor): number => d.low >>> DESCRIPTOR_GENERATION_SHIFT;
export const offsetOf = (d: Descriptor): number => d.high & 0xffff;
export const lengthOf = (d: Descriptor): number => d.high >>> 16;
export const isMarker = (d: Descriptor): boolean => frameOf(d) === DESCRIPTOR_MARKER_INDEX;
export const hasMore = (d: Descriptor): boolean => ((d.low >>> DESCRIPTOR_MORE_BIT) & 1) === 1;

export const describe = (frame: number, generation: number, offset: number, length: number): Descriptor => ({
  low: (frame | (generation << DESCRIPTOR_GENERATION_SHIFT)) >>> 0,
  high: (offset | (length << 16)) >>> 0,
});

/** The high half of an owner word; the low one is the ring's sequence. */
export const ownerHigh = (edge: number, generation: number): number => ((generation & 0xff) | (edge << 8)) >>> 0;
export const ownerEdge = (high: number): number => (high >>> 8) & 0xffff;
export const ownerGeneration = (high: number): number => high & 0xff;
