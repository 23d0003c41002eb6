/** Packets a second through one component: source and sink on CPU 0, the component on CPU 1, bursts of 32, 64-byte packets.
 * `bare-c` has the same shape without the contract (bench/peers/bare.c), `testpmd-memif` with DPDK's shared-memory interface. */
import type { Bench } from "./main.ts";
import { directRound } from "./memif.ts";
import { bare as bareLimit } from "./peers.ts";
import { chainOf, flowOfWindow, Plane } from "./plane.ts";
import type { Row } from "./report.ts";
import { withRatios } from "./report.ts";
import { absent, type Entrant, inTurn } from "./rounds.ts";
import { testpmdMissing } from "./testpmd.ts";

const unit = "M packets/s";
const window_ms = 1000;

function ours(plane: Plane): Entrant {
  const round = async () => {
    const flow = flowOfWindow(await plane.window(window_ms));
    if (flow.lost > 0) throw new Error(`${flow.lost} packets were lost in the hop`);
    return flow.mpps;
  };
  return { name: "coven-c", unit, round };
}

const bare: Entrant = { name: "bare-c", unit, peer: true, note: "no checks, no ledger, no owners", round: async () => bareLimit("c", window_ms) };

function memif(folder: string): Entrant {
  const missing = testpmdMissing();
  return missing ? absent("testpmd-memif", unit, missing) : { name: "testpmd-memif", unit, peer: true, note: "copies each packet, polls", round: () => directRound(folder) };
}

async function run({ rounds = 7 }: { rounds?: number }): Promise<Row[]> {
  const plane = await Plane.open({ ...chainOf("c", "count-c", 1), cpus: { engine: 0, components: 1 } });
  try {
    const rows = await inTurn(rounds, [ours(plane), bare, memif(plane.folder)]);
    const of = (name: string) => rows.find((one) => one.name === name)?.median ?? Number.NaN;
    if (of("bare-c") < 2 * of("testpmd-memif")) throw new Error(`bare-c is no limit: ${of("bare-c")} ${unit} is not twice testpmd-memif, ${of("testpmd-memif")}`);
    return withRatios(rows, { "coven-c": "bare-c", "testpmd-memif": "coven-c" });
  } finally {
    await plane.remove();
  }
}

export default { run, needsHosts: false, summary: "packets a second through one component" } satisfies Bench;
