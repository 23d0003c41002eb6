/** The PPS driver interface: how one packet-processing framework runs a component. */
import type { Component, ContextField } from "./vnf.ts";

export interface Fingerprint { usable: boolean; version: string | null; reason: string | null }

/** What `prepare` leaves: a command that starts the component, as plain data that is stored with the package. */
export interface Prepared { command: string[]; cwd: string; env: Record<string, string> }

/** How a component finds its channel (spec/channel.md, section 1). */
export interface ChannelPath {
  /** Path of the segment, opened read-write and handed on as descriptor 3. */
  segment: string;
  slot: number;
  bells: string;
  agent: string;
  name: string;
  outputs: string[];
  /** Layout of the NSH context that it works on, from the first bit; none where it names none. */
  context?: readonly ContextField[] | undefined;
  /** Folder for captures of packets that its code failed on (spec/sdk.md); none: they are not kept. */
  failures?: string;
  /** File that takes the component's standard output and error. */
  log: string;
}

export interface Member { prepared: Prepared; channel: ChannelPath }

/** Enough to find the process again after a restart of the daemon: pid and its start time (clock ticks, /proc/pid/stat field 22). */
export interface TaskHandle { pid: number; start_ticks: number }

export interface PpsDriver {
  /** As components name it under `framework`. */
  readonly name: string;
  /** Usable on this host? Which version, or why not? */
  fingerprint(): Promise<Fingerprint>;
  /** Compile or check `source` (a folder of the package) into `folder`; a failure names file, line and reason. */
  prepare(component: Component, name: string, source: string, folder: string): Promise<Prepared>;
  start(prepared: Prepared, channel: ChannelPath): Promise<TaskHandle>;
  /** Start several in one process, the components of a fused group in their order; only of frameworks with a runtime (`runtimes`). */
  startGroup?(members: readonly Member[]): Promise<TaskHandle>;
  /** Reattach after a restart of the daemon; `undefined`: the task is gone. */
  recover(handle: TaskHandle): Promise<TaskHandle | undefined>;
  /** End it: SIGTERM, after `grace_ms` SIGKILL. */
  stop(handle: TaskHandle, grace_ms: number): Promise<void>;
}
