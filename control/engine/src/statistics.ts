/** Statistics as spec/engine.md states them. */
import type { ComponentCounters, ComponentStatistics, EngineStatistics, PortStatistics } from "@coven/contract";
import * as at from "@coven/sdk/channel";
import type { ComponentEnd, EdgeEnd, Graph, PortEnd } from "./graph.ts";
import { place } from "./ledger.ts";
import { nowNs } from "./ports/port.ts";
import type { Segment } from "./segment.ts";
import type { Stage } from "./stage.ts";

const states = ["empty", "attached", "running", "leaving", "failed"] as const;
const errors = ["none", "bad_descriptor", "bad_cursor", "bad_edge", "version", "features", "author"] as const;
const reasonNames = new Map<number, string>(Object.entries(at.reasons).map(([name, number]) => [number, name]));

/** `self`: what the engine counts of itself. */
export function statisticsOf(graph: Graph, stage: Stage, self: { passes: number; parks: number }): EngineStatistics {
  while (stage.collect());
  const { ledger, received, created, transmitted, inFlight, badFrames } = stage;
  const { user, system } = process.cpuUsage();
  const edges = [...graph.edges.values()];
  return {
    time_ns: Number(nowNs()),
    traffic: stage.receiving ? "on" : "off",
    frames: { total: ledger.total, home: ledger.count(place.home), out: ledger.count(place.out), lent: ledger.count(place.lent), kernel: 0 },
    received, created, transmitted, in_flight: inFlight, bad_frames: badFrames,
    dropped: Object.fromEntries([...stage.dropped].map(([reason, count]) => [reasonNames.get(reason) ?? "unknown", count])),
    ports: [...graph.ports.values()].map(portRow),
    components: [...graph.components.values()].map((component) => componentRow(component, stage.segment, edges)),
    edges: edges.map(({ spec, ring }) => ({ edge: spec.edge, from: spec.from.slot, to: spec.to.slot, fill: ring.fill, limit: spec.limit })),
    nsh: [],
    engine: { cpu_ns: (user + system) * 1000, ...self },
  };
}

function portRow({ spec, port, ...counts }: PortEnd): PortStatistics {
  const down = port.failed === undefined ? { state: "up" as const } : { state: "down" as const, reason: port.failed };
  return { port: spec.port, name: spec.name, backend: spec.backend, ...down, done: port.done, ...counts, rx_missed: port.rx_missed ?? 0, tx_missed: port.tx_missed ?? 0 };
}

function componentRow({ spec, error, dead }: ComponentEnd, segment: Segment, edges: EdgeEnd[]): ComponentStatistics {
  const word = (offset: number) => Atomics.load(segment.words, segment.slotWord(spec.slot, offset));
  const counter = (index: number) => Number(segment.longs[segment.slotWord(spec.slot, at.SLOT_OFF_COUNTERS) / 2 + index] ?? 0n);
  return {
    slot: spec.slot, name: spec.name, state: states[word(at.SLOT_OFF_STATE)] ?? "failed", pid: word(at.SLOT_OFF_PID),
    heartbeat: word(at.SLOT_OFF_HEARTBEAT), restarts: 0, standing_in: dead, error: errors[word(at.SLOT_OFF_ERROR) || error] ?? "unknown",
    queued: edges.filter((edge) => edge.spec.to.slot === spec.slot).reduce((sum, { ring }) => sum + ring.fill, 0),
    counters: Object.fromEntries(Object.entries(at.counters).map(([name, index]) => [name, counter(index)])) as ComponentCounters,
  };
}
