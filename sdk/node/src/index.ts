export { type Counter, command, counter, type Gauge, gauge, type Histogram, histogram, type Setting, type SettingOptions, setting } from "./agent.ts";
export type { Burst } from "./burst.ts";
export { type Context, type Packet, packetNew } from "./packet.ts";
export { run, runBurst } from "./run.ts";
export { Verdict } from "./verdict.ts";
