/** The other side of a channel: what an engine in TypeScript asks of the addon (native/host.c). */
import { loadAddon } from "./native.ts";

export interface HostAddon {
  /** A sealed memfd of so many bytes, mapped. `fd` is the caller's to close; the mapping goes with the array buffer. */
  segment(bytes: number): { fd: number; memory: ArrayBuffer };
  /** Makes a FIFO; throws where there is something already. */
  bell(path: string): void;
  /** Lets whoever else wants this CPU have it first. */
  yield(): void;
  /** An interface; `ready` is called once after each `wireWatch`, when there is something to receive. Throws where it can't be had. */
  wireOpen(name: string, ready: () => void): number;
  wireWatch(wire: number): void;
  /** How many came. `slots`: 32 of 2,048 bytes. `table`: for each where it begins in `slots`, its length there, and that it had. */
  wireReceive(wire: number, slots: ArrayBuffer, table: ArrayBuffer, most: number): number;
  /** How many went; -1: the interface is down. */
  wireSend(wire: number, slots: ArrayBuffer, table: ArrayBuffer, count: number): number;
  /** Packets that the kernel had no room for since the last call. */
  wireMissed(wire: number): number;
  wireClose(wire: number): void;
}

/** The addon at `path`; throws with one line that says what to do where it can't be loaded. */
export const hostAddon = (path: string): HostAddon => loadAddon(path) as HostAddon;
