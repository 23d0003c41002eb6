/** What a component costs: CPU time of the components' processes a packet and component, in chains of different length with their
 * engine on one CPU, where handing the CPU on is part of the cost. */
import { cpu_ns, cpuOfAll_ns } from "./cpu.ts";
import type { Bench } from "./main.ts";
import { chainOf, flowOfWindow, Plane } from "./plane.ts";
import { type Row, withRatios } from "./report.ts";
import { type Entrant, inTurn } from "./rounds.ts";

const lengths = [1, 2, 4, 8];
const fusedLengths = [2, 4, 8];
const window_ms = 500;

interface Chain { name: string; length: number; plane: Plane }

/** Its components in a process each, or all in one. */
function specOf(length: number, fused: boolean) {
  const chain = chainOf("c", "count-c", length);
  const components = Object.entries(chain.components).map(([name, one]) => [name, fused ? { ...one, placement: { fuse: "chain" } } : one]);
  return { ...chain, components: Object.fromEntries(components) as typeof chain.components, cpus: { engine: 1, components: 1 } };
}

/** CPU time in nanoseconds: of a component for each packet, of the engine for each packet. */
async function cost({ plane, length }: Chain): Promise<Record<string, number>> {
  const [engine = 0, ...components] = plane.pids;
  const look = async () => ({ engine: cpu_ns(engine), components: cpuOfAll_ns(components), packets: (await plane.statistics()).transmitted });
  const before = await look();
  const { lost } = flowOfWindow(await plane.window(window_ms));
  if (lost > 0) throw new Error(`${lost} packets were lost in the chain`);
  const after = await look();
  const packets = after.packets - before.packets;
  return { "": (after.components - before.components) / packets / length, "-engine": (after.engine - before.engine) / packets };
}

async function run({ rounds = 9 }: { rounds?: number }): Promise<Row[]> {
  const chains: Chain[] = [];
  try {
    for (const length of lengths) chains.push({ name: `coven-${length}`, length, plane: await Plane.open(specOf(length, false)) });
    for (const length of fusedLengths) chains.push({ name: `coven-${length}-fused`, length, plane: await Plane.open(specOf(length, true)) });
    const entrants = chains.map((chain): Entrant => ({ name: chain.name, unit: "CPU ns a packet (and component)", round: () => cost(chain) }));
    return withRatios(await inTurn(rounds, entrants, 1), Object.fromEntries(chains.slice(1).map(({ name }) => [name, "coven-1"])));
  } finally {
    for (const { plane } of chains) await plane.remove();
  }
}

export default { run, needsHosts: false, summary: "cost of a component in chains of 1 to 8" } satisfies Bench;
