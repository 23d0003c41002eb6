/** Resources that ETSI does not define: the views of `Management`, as schemas. schemas.test.ts holds both to be the same. */
import { Type } from "@sinclair/typebox";
import { ContextField, PortBinding, Vnf } from "@coven/contract";
import { KeyValues, oneOf } from "./common.ts";

const count = Type.Integer();
const perReason = Type.Record(Type.String(), count);
const text = Type.String();

export const Daemon = Type.Object(
  {
    version: text,
    pid: count,
    folder: text,
    started: text,
    frameworks: Type.Array(Type.Object({ name: text, usable: Type.Boolean(), version: Type.Union([text, Type.Null()]), reason: Type.Union([text, Type.Null()]) })),
  },
  { $id: "Daemon" },
);

export const Instance = Type.Object(
  {
    id: text,
    name: text,
    description: text,
    packageId: text,
    vnf: Type.Composite([Vnf]),
    state: oneOf(["not-instantiated", "stopped", "running", "failed"]),
    operation: Type.Union([text, Type.Null()]),
    created: text,
    folder: text,
    ports: Type.Record(text, PortBinding),
    enginePid: Type.Union([count, Type.Null()]),
    cpu: Type.Optional(count),
    components: Type.Array(
      Type.Object({
        name: text,
        framework: text,
        state: oneOf(["down", "starting", "running", "failed", "backing-off"]),
        pid: Type.Union([count, Type.Null()]),
        restarts: count,
        lastExit: Type.Union([text, Type.Null()]),
      }),
    ),
    metadata: KeyValues,
  },
  { $id: "Instance" },
);

const componentCounters = Type.Object({
  packets_in: count, bytes_in: count, packets_out: count, bytes_out: count, packets_dropped: count, errors: count, bursts: count, busy_ns: count,
  parks: count, bells: count, edge_full: count, bad_descriptors: count, alloc_failed: count, blocked: count,
});

const engineTimes = Type.Object({ cpu_ns: count, passes: count, parks: count });

const Statistics = Type.Object({
  time_ns: count,
  traffic: oneOf(["on", "off"]),
  frames: Type.Object({ total: count, home: count, out: count, lent: count, kernel: count }),
  received: count,
  created: count,
  transmitted: count,
  in_flight: count,
  bad_frames: Type.Optional(count),
  dropped: perReason,
  ports: Type.Array(
    Type.Object({
      port: count, name: text, backend: text, state: oneOf(["up", "down"]), reason: Type.Optional(text), done: Type.Boolean(),
      rx_packets: count, rx_bytes: count, tx_packets: count, tx_bytes: count, rx_missed: count, tx_missed: count,
    }),
  ),
  components: Type.Array(
    Type.Object({
      shard: Type.Optional(count), slot: count, name: text, state: oneOf(["empty", "attached", "running", "leaving", "failed"]), pid: count, heartbeat: count,
      restarts: count, standing_in: Type.Boolean(), error: text, queued: count, counters: componentCounters,
    }),
  ),
  edges: Type.Array(Type.Object({ shard: Type.Optional(count), edge: count, from: count, to: count, fill: count, limit: count })),
  nsh: Type.Array(Type.Object({ spi: count, si: count, dropped: perReason })),
  engine: engineTimes,
  shards: Type.Optional(
    Type.Array(Type.Object({ shard: count, received: count, created: count, transmitted: count, in_flight: count, dropped: perReason, engine: engineTimes }), { description: "of an engine with several threads" }),
  ),
});

const Usage = Type.Object({ cpu_percent: Type.Number(), cpu_ns: Type.Number(), memory_bytes: Type.Number() });

export const Monitor = Type.Object(
  {
    instance: text,
    time: text,
    statistics: Type.Union([Statistics, Type.Null()]),
    usage: Type.Object({ engine: Usage, components: Type.Record(text, Usage), total: Usage }),
  },
  { $id: "Monitor" },
);

export const Health = Type.Object(
  {
    healthy: Type.Boolean(),
    engine: Type.Object({ alive: Type.Boolean(), traffic: oneOf(["on", "off"]), problem: Type.Optional(text) }),
    components: Type.Array(
      Type.Object({
        name: text, alive: Type.Boolean(), answers: Type.Boolean(), state: text, packets_in: count, heartbeat: count, problem: Type.Optional(text),
      }),
    ),
  },
  { $id: "Health" },
);

export const Agent = Type.Object(
  {
    component: text,
    reachable: Type.Boolean(),
    problem: Type.Optional(text),
    items: Type.Array(
      Type.Object({ name: text, kind: oneOf(["counter", "gauge", "histogram", "setting", "command"]), type: text, unit: text, help: text, value: Type.Optional(Type.Unknown()) }),
    ),
    context: Type.Optional(Type.Array(ContextField)),
  },
  { $id: "Agent" },
);

export const ItemValue = Type.Object({ name: text, value: Type.Unknown() }, { $id: "ItemValue" });
export const CallResult = Type.Object({ name: text, result: Type.Unknown() }, { $id: "CallResult" });
export const LogLine = Type.Object({ component: text, text }, { $id: "LogLine" });
