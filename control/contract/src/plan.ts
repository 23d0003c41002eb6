/** Plans: what the planner decides and the engine executes (spec/engine.md). */
import type { ContextField, NshMode, PortBinding } from "./vnf.ts";

export type OnCrash = "bypass" | "drop" | "hold";
export type Profile = "latency" | "balanced" | "power";

/** First and last; addresses as hex digits, 8 or 32 of them. */
export type Range = [first: number, last: number];
export type AddressRange = [first: string, last: string];

/** A rule of a classifier as the engine takes it. */
export interface ClassifyRow {
  path: number; spi: number; si: number; context?: string; key_id?: string; to?: string;
  source?: AddressRange; destination?: AddressRange;
  protocol?: Range; source_port?: Range; destination_port?: Range; vlan?: Range; dscp?: Range;
  payload?: string;
}

/** A next hop of a forwarder as the engine takes it. */
export interface ForwardRow { spi: number; si?: number; path: number; to?: string; oam: "drop" | "forward"; unknown: "drop" | "forward" }

export type Action =
  | { do: "create-channel"; frames: number; frame_size: number; slots: number; edge_limit: number; spin_ns?: number }
  | { do: "open-port"; port: number; name: string; backend: PortBinding["backend"]; options: Record<string, unknown>; nsh: NshMode }
  | { do: "close-port"; port: number }
  | { do: "set-role"; port: number; nsh: NshMode }
  | { do: "add-component"; shard?: number; slot: number; name: string; on_crash: OnCrash; spin_ns: number; profile: Profile; metadata: boolean; creates: boolean }
  | { do: "remove-component"; shard?: number; slot: number }
  | { do: "add-edge"; edge: number; from: { slot: number; output: number; lane: number }; to: { slot: number; lane: number }; limit: number; block: boolean }
  | { do: "remove-edge"; edge: number }
  | {
      do: "add-path";
      path: number;
      name: string;
      ingress: { port: number; spi?: number };
      edge?: number;
      egress?: number;
      nsh?: { spi: number; si: number };
      context: "opaque" | "known" | "none";
      oam: "drop" | "forward";
      unknown?: "drop" | "forward";
      /** Class and type of each TLV that has to be there. */
      require?: [number, number][];
      integrity?: { key_id: string; key: string; window_ms?: number };
    }
  | { do: "remove-path"; path: number }
  | { do: "add-exit"; edge: number; path: number; port: number }
  | { do: "remove-exit"; edge: number; path: number }
  | { do: "add-rules"; port: number; classify?: ClassifyRow[]; forward?: ForwardRow[] }
  | { do: "remove-rules"; port: number };

/** A plan of one VNF, with the numbers that the rest of the platform needs to know it by. */
export interface Plan {
  actions: Action[];
  /** Component name -> slot, from 1. */
  slots: Record<string, number>;
  /** Threads of the engine, where there are several, and whether each has a CPU to itself. */
  threads?: number;
  pinned?: boolean;
  /** The CPU of the engine and all components, where they share one. */
  cpu?: number;
  /** Component name -> thread, from 0; where there are several. */
  shards?: Record<string, number>;
  /** Connection point -> port number. */
  ports: Record<string, number>;
  /** Component name -> names of its outputs in the order of their numbers; the first is `out`. */
  outputs: Record<string, string[]>;
  /** Component name -> fields of the NSH context that it works on, from the first bit; only of components that name a layout. */
  contexts?: Record<string, ContextField[]>;
  /** Components that share a process, in the order of their paths; one of no group has a process of its own. */
  groups?: string[][];
  /** Where the planner decided otherwise than the package asks, and why; one sentence each. */
  notes?: string[];
}

/** Counters of one component, named as in spec/channel.toml [enum.counter]. */
export type ComponentCounters = Record<
  | "packets_in" | "bytes_in" | "packets_out" | "bytes_out" | "packets_dropped" | "errors" | "bursts" | "busy_ns"
  | "parks" | "bells" | "edge_full" | "bad_descriptors" | "alloc_failed" | "blocked",
  number
>;

export interface PortStatistics {
  port: number; name: string; backend: string; state: "up" | "down"; reason?: string; done: boolean;
  rx_packets: number; rx_bytes: number; tx_packets: number; tx_bytes: number; rx_missed: number; tx_missed: number;
}

export interface ComponentStatistics {
  /** The engine's thread, where it has several. */
  shard?: number;
  slot: number; name: string; state: "empty" | "attached" | "running" | "leaving" | "failed"; pid: number; heartbeat: number;
  restarts: number; standing_in: boolean; error: string; queued: number; counters: ComponentCounters;
}

/** received + created = transmitted + sum(dropped) + in_flight, at the instant of the answer. */
export interface EngineStatistics {
  time_ns: number; traffic: "on" | "off";
  frames: { total: number; home: number; out: number; lent: number; kernel: number };
  received: number; created: number; transmitted: number; in_flight: number; bad_frames?: number; dropped: Record<string, number>;
  ports: PortStatistics[]; components: ComponentStatistics[];
  edges: { shard?: number; edge: number; from: number; to: number; fill: number; limit: number }[];
  nsh: { spi: number; si: number; dropped: Record<string, number> }[];
  engine: { cpu_ns: number; passes: number; parks: number };
  /** Of an engine with several threads: what each has done, by accounts that hold for themselves. */
  shards?: ShardStatistics[];
}

export interface ShardStatistics {
  shard: number; received: number; created: number; transmitted: number; in_flight: number; dropped: Record<string, number>;
  engine: { cpu_ns: number; passes: number; parks: number };
}

export type EngineEvent =
  | { event: "component-attached"; shard?: number; slot: number }
  | { event: "component-exited"; shard?: number; slot: number; pid: number }
  | { event: "component-hung"; shard?: number; slot: number; heartbeat: number }
  | { event: "port-down"; shard?: number; port: number; reason: string }
  | { event: "port-done"; shard?: number; port: number };
