/** The other side of a channel: what an engine in TypeScript asks of the addon (native/host.c). */
import { loadAddon } from "./native.ts";

export interface HostAddon {
  /** A sealed memfd of so many bytes, mapped. `fd` is the caller's to close; the mapping goes with the array buffer. */
  segment(bytes: number): { fd: number; memory: ArrayBuffer };
  /** Makes a FIFO; throws where there is something already. */
  bell(path: string): void;
}

/** The addon at `path`; throws with one line that says what to do where it can't be loaded. */
export const hostAddon = (path: string): HostAddon => loadAddon(path) as HostAddon;
