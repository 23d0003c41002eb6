import { fileURLToPath } from "node:url";

/** What the addon offers (native/addon.c). Rows number the packets: `rows.burst` of the burst, then `rows.own` of one's own. */
export interface Native {
  /** Map the channel and, the last one of the process, start the loop; throws with one line that says what is wrong. */
  attach(turn: () => void, serve: Serve, isLast: boolean): { segment: ArrayBuffer; table: ArrayBuffer };
  /** Settle the last burst by the verdicts in the table and take the next: how many, and from `countBits` on which component's it is.
   * 0: give the event loop its turn; -1: stop; -2: the channel is broken. */
  next(): number;
  /** Return what is held, say `leaving`, forget the mapping. May be called twice. */
  leave(): void;
  publish(id: number, name: string, kind: string, type: string, unit: string, help: string): void;
  /** Bytes to add in front or at the end; negative cuts. False: no room, or not this component's packet any more. */
  grow(row: number, front: boolean, bytes: number): boolean;
  /** Row of a new packet, or -1. `like` -1: like none. */
  create(length: number, like: number): number;
  clone(row: number): number;
  send(row: number, output: number): boolean;
  /** Keep the packet in the capture of failures and tell `what`, a line, on stderr; false if something was told within the last second. */
  reportFailure(row: number, what: string): boolean;
}

/** Answers the agent: JSON text, or throws with the text of the refusal. */
export type Serve = (id: number, operation: number, argument: string) => string;

export const countBits = 8;
export const rows = { burst: 64, own: 64 } as const;
/** One row of the burst table, in 32-bit words. */
export const row = { at: 0, length: 1, context: 2, verdict: 3, words: 4 } as const;
/** In a verdict's place: the author's code failed on this packet. */
export const failedVerdict = 0x10000;

let loaded: Native | undefined;
let standIn = false;

/** @internal The test harness in the addon's place. */
export function standInBy(harness: Native): void {
  loaded = harness;
  standIn = true;
}

export const isStandIn = (): boolean => standIn;

/** The addon, loaded at the first call, so that an author's own tests can import the SDK without it. */
export function native(): Native {
  loaded ??= loadAddon(process.env.COVEN_NODE_ADDON ?? besideSdk()) as Native;
  return loaded;
}

// A bundle has no folder of the SDK beside it: whoever starts a bundle sets COVEN_NODE_ADDON.
function besideSdk(): string {
  return import.meta.url === undefined ? "build/coven.node" : fileURLToPath(new URL("../build/coven.node", import.meta.url));
}

export function loadAddon(path: string): unknown {
  const addon = { exports: {} };
  try {
    process.dlopen(addon, path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot load the addon (${reason}): build it with \`make -C sdk/node\`, or set COVEN_NODE_ADDON`);
  }
  return addon.exports;
}
