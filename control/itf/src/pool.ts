/** The size of the packet pool (spec/channel.md, section 6): no edge, port or component may starve another of frames. */
import { CovenError } from "@coven/contract";

/** Limits from spec/channel.toml. */
export const burstMax = 64;
export const allocLimit = 64;
export const slotsMax = 64;
export const edgesMax = 32;

/** Edge limits from the default down: shorter queues keep a VNF of many edges small. */
const edgeLimits = [512, 256, 128, 64] as const;
const framesMin = 1024;
/** 8 MiB: beyond it edges are made shorter first, where that helps. It is what an unprivileged process may lock in memory. */
const framesWanted = 4096;
/** HELD_MAX of sdk/adapters/netdev. */
const heldMax = 512;
/** 128 MiB. */
export const framesMax = 65_536;

export interface Demand {
  /** Frames that the ports may hold. */
  ports: number;
  edges: number;
  components: number;
  /** Those of the components that make packets. */
  creators: number;
  /** Those of the components that hold frames while their program has the packet (docs/netdev.md). */
  holders?: number;
}

export function sizePool(demand: Demand): { frames: number; edgeLimit: number } {
  const sizes = edgeLimits.map((edgeLimit) => ({ edgeLimit, frames: roundUp(framesFor(demand, edgeLimit)) }));
  const small = Math.max(framesWanted, sizes.at(-1)?.frames ?? 0);
  const size = sizes.find(({ frames }) => frames <= small);
  if (!size || size.frames > framesMax) throw new CovenError("PLAN_TOO_LARGE", [`it asks for ${size?.frames} frames`, framesMax]);
  return size;
}

export const framesFor = (demand: Demand, edgeLimit: number): number =>
  demand.ports + demand.edges * edgeLimit + demand.components * 2 * burstMax + demand.creators * allocLimit + (demand.holders ?? 0) * heldMax;

/** Bytes of a line that frames are longer than a power of two. */
const stagger = 64;

/** Frames as large as the ports want them. The lines that packets begin in would all fall into the same two sets of a CPU's cache if
 * frames were a power of two apart: a line more, and they share all sets (docs/performance.md). */
export function frameSizeFor(ports: readonly { frame_size: number; aligned?: true }[]): number {
  const needed = Math.max(...ports.map(({ frame_size }) => frame_size));
  return ports.some(({ aligned }) => aligned) ? needed : needed + stagger;
}

const roundUp = (frames: number): number => Math.max(framesMin, 2 ** Math.ceil(Math.log2(frames)));
