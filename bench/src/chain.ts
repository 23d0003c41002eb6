/** What one more component costs: all of a chain and its engine on one CPU, CPU time a packet less that of the engine alone. */
import { cpuOfAll_ns } from "./cpu.ts";
import type { Bench } from "./main.ts";
import { chainOf, flowOfWindow, Plane } from "./plane.ts";
import { type Row, row, withRatios } from "./report.ts";

const lengths = [0, 1, 2, 4, 8];
const window_ms = 500;
const unit = "ns a packet and component";

/** CPU time of all processes, in nanoseconds a packet. */
async function cost(plane: Plane): Promise<number> {
  const before = { cpu: cpuOfAll_ns(plane.pids), packets: (await plane.statistics()).transmitted };
  const { lost } = flowOfWindow(await plane.window(window_ms));
  if (lost > 0) throw new Error(`${lost} packets were lost in the chain`);
  return (cpuOfAll_ns(plane.pids) - before.cpu) / ((await plane.statistics()).transmitted - before.packets);
}

async function run({ rounds = 9 }: { rounds?: number }): Promise<Row[]> {
  const planes: { length: number; plane: Plane; figures: number[] }[] = [];
  const alone: number[] = [];
  try {
    for (const length of lengths) planes.push({ length, plane: await Plane.open({ ...chainOf("c", "count-c", length), cpus: { engine: 1, components: 1 } }), figures: [] });
    for (let round = 0; round < rounds; round++) {
      let engine = 0;
      for (const { length, plane, figures } of planes) {
        const total = await cost(plane);
        if (length === 0) alone.push((engine = total));
        else figures.push((total - engine) / length);
      }
    }
  } finally {
    for (const { plane } of planes) await plane.remove();
  }
  const rows = planes.filter(({ length }) => length > 0).map(({ length, figures }) => row(`coven-${length}`, unit, figures));
  const pairs = Object.fromEntries(rows.slice(1).map(({ name }) => [name, "coven-1"]));
  return [row("engine", "ns a packet", alone, { note: "source, sink and engine, no component; taken off below" }), ...withRatios(rows, pairs)];
}

export default { run, needsHosts: false, summary: "cost of a component in chains of 1 to 8" } satisfies Bench;
