import type { Work } from "./loops.ts";

/** The components of this process. Each has a copy of the SDK of its own; this is what the copies have in common (group.mjs). */
export interface Group {
  /** What each does with a burst, by its number. */
  works: Work[];
  /** Does no other begin after the one that begins now? */
  isLast: boolean;
  /** Whose function runs. */
  turn: number | undefined;
  /** Tell that the one that begins has called run. */
  began?: () => void;
}

const alone: Group = { works: [], isLast: true, turn: undefined };
/** A component on its own is a group of one. */
export const group: Group = (globalThis as Record<symbol, Group | undefined>)[Symbol.for("coven.group")] ?? alone;
