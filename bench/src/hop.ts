/** Packets a second through one component: source and sink on CPU 0, the component on CPU 1, bursts of 32, 64-byte packets.
 * `bare-c` has the same shape without the contract (bench/peers/bare.c), `testpmd-memif` with DPDK's shared-memory interface. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { pause } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { bare as bareLimit } from "./peers.ts";
import { chainOf, flowOfWindow, Plane } from "./plane.ts";
import type { Row } from "./report.ts";
import { withRatios } from "./report.ts";
import { absent, type Entrant, inTurn } from "./rounds.ts";
import { Testpmd, testpmdMissing } from "./testpmd.ts";

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

async function connected(client: Testpmd): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (/Link status: up/.test(await client.say("show port info 0"))) return;
    await pause(50);
  }
  throw new Error("testpmd: the two ends of memif do not find each other");
}

/** Two of them hand packets to and fro: what one receives is what went through the other and back. */
async function memifRound(folder: string): Promise<number> {
  const socket = join(mkdtempSync(join(folder, "memif-")), "sock");
  const memif = (role: string) => `net_memif0,role=${role},id=0,socket=${socket},socket-abstract=no`;
  const server = await Testpmd.open({ name: "server", cpu: 0, vdevs: [memif("server")], topology: "loop" });
  try {
    const client = await Testpmd.open({ name: "client", cpu: 1, vdevs: [memif("client")], topology: "loop" });
    try {
      await server.say("start");
      await connected(client);
      await client.say("start tx_first 16");
      await pause(200);
      const [before, began] = [await server.received(), performance.now()];
      await pause(window_ms);
      const [after, ended] = [await server.received(), performance.now()];
      return (after - before) / (ended - began) / 1e3;
    } finally {
      await client.remove();
    }
  } finally {
    await server.remove();
  }
}

function memif(folder: string): Entrant {
  const missing = testpmdMissing();
  return missing ? absent("testpmd-memif", unit, missing) : { name: "testpmd-memif", unit, peer: true, note: "copies each packet, polls", round: () => memifRound(folder) };
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
