/** Views with every attribute filled, for the fake. */
import type { AgentItem, InstanceView, MonitorView, NshSet, NshView } from "@coven/contract";

const usage = { cpu_percent: 0.5, cpu_ns: 1000, memory_bytes: 4096 };

export function agentItems(settings: Record<string, unknown>): AgentItem[] {
  return [
    { name: "marked", kind: "counter", type: "integer", unit: "packets", help: "packets marked", value: 7 },
    { name: "sizes", kind: "histogram", type: "integer", unit: "bytes", help: "", value: { count: 1, sum: 60, buckets: [[64, 1]] } },
    { name: "udp", kind: "setting", type: "boolean", unit: "", help: "look at UDP as well", value: settings.udp },
    { name: "reset", kind: "command", type: "command", unit: "", help: "forget everything" },
  ];
}

const counters = {
  packets_in: 3, bytes_in: 180, packets_out: 2, bytes_out: 120, packets_dropped: 1, errors: 0, bursts: 3, busy_ns: 10,
  parks: 1, bells: 1, edge_full: 0, bad_descriptors: 0, alloc_failed: 0, blocked: 0,
};

export function monitorOf({ id, state }: InstanceView): MonitorView {
  const of = { instance: id, time: "2025-01-01T00:00:00.000Z", usage: { engine: usage, components: { analyzer: usage }, total: usage } };
  if (state === "not-instantiated") return { ...of, statistics: null };
  return {
    ...of,
    statistics: {
      time_ns: 1, traffic: state === "running" ? "on" : "off", frames: { total: 64, home: 64, out: 0, lent: 0, kernel: 0 },
      received: 3, created: 0, transmitted: 2, in_flight: 0, dropped: { verdict: 1 },
      ports: [{ port: 1, name: "lan", backend: "loopback", state: "up", done: false, rx_packets: 3, rx_bytes: 180, tx_packets: 0, tx_bytes: 0, rx_missed: 0, tx_missed: 0 }],
      components: [{ slot: 1, name: "analyzer", state: "running", pid: 1, heartbeat: 9, restarts: 0, standing_in: false, error: "", queued: 0, counters }],
      edges: [{ edge: 1, from: 0, to: 1, fill: 0, limit: 256 }], nsh: [{ spi: 10, si: 254, dropped: {} }],
      engine: { cpu_ns: 1000, passes: 10, parks: 5 },
    },
  };
}

export function nshOf(sets: NshSet[], flows: number): NshView {
  const sight = { packets: 2, time: "2025-01-01T00:00:00.000Z", came: { tenant: 7, rest: "0xffffffffffffffffffffffff" }, left: null };
  const flow = { protocol: 17, source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 1000, destinationPort: 53 };
  return {
    watched_ms: 200,
    paths: [
      { path: "up", from: "lan", role: "proxy", spi: 10, si: 255, layout: "tenants", fields: [{ field: "tenant", bits: 32 }, { field: "rest", bits: 96 }], components: [{ name: "analyzer", context: "tenants" }], ...sight },
      { path: null, from: null, role: null, spi: 11, si: 9, layout: null, fields: [], components: [], packets: 0, time: null, came: null, left: null },
    ],
    flows: [{ path: "up", spi: 10, si: 255, flow, ...sight }].slice(0, flows),
    sets,
  };
}
