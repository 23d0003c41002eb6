/** What a second thread on a second CPU gives: source, one component and sink on each, and nothing between the two. */
import { availableParallelism } from "node:os";
import type { Bench } from "./main.ts";
import { chainOf, flowOfWindow, Plane } from "./plane.ts";
import { type Row, withRatios } from "./report.ts";
import { absent, type Entrant, inTurn } from "./rounds.ts";

const unit = "M packets/s";
const window_ms = 1000;

function through(name: string, plane: Plane): Entrant {
  const round = async () => {
    const flow = flowOfWindow(await plane.window(window_ms));
    if (flow.lost > 0) throw new Error(`${flow.lost} packets were lost`);
    return flow.mpps;
  };
  return { name, unit, round };
}

/** Everything of a thread is on one CPU, so that two have twice of everything. */
const open = (threads: number) =>
  Plane.open({ ...chainOf("c", "count-c", 1), ports: { wire: { backend: "generate", size: 64, flows: 64 } }, cpus: { engine: 0, components: 0 }, threads });

async function run({ rounds = 7 }: { rounds?: number }): Promise<Row[]> {
  const planes: Plane[] = [];
  try {
    const one = await open(1);
    planes.push(one);
    const entrants = [through("one-thread", one)];
    if (availableParallelism() < 2) entrants.push(absent("two-threads", unit, "it takes two CPUs"));
    else {
      const two = await open(2);
      planes.push(two);
      entrants.push(through("two-threads", two));
    }
    return withRatios(await inTurn(rounds, entrants), { "two-threads": "one-thread" });
  } finally {
    for (const plane of planes) await plane.remove();
  }
}

export default { run, needsHosts: false, summary: "what a second thread of the engine on a second CPU gives" } satisfies Bench;
