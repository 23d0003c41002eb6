/** TCP through one C component: iperf3 between two hosts, both its ends on CPU 0, the forwarder on CPU 1; with the hosts' segmentation
 * offload off, so that every packet has the link's size, and on, as a host has it. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause, Rig } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { type Row, withRatios } from "./report.ts";
import { absent, type Entrant, inTurn } from "./rounds.ts";
import { bridge, type Forwarder, ours, sleeping } from "./wires.ts";

const unit = "Gbit/s";
const seconds = 3;
const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

const offloads = ["off", "on"] as const;
type Start = (rig: Rig, offload: (typeof offloads)[number]) => Promise<Forwarder>;
const kinds: { name: string; peer?: true; start: Start }[] = [
  { name: "coven-1", start: (rig) => ours(rig, { backend: "af_packet", cpu: 1 }) },
  { name: "sleeping", peer: true, start: (rig, offload) => sleeping(rig, 1, offload === "on" ? 131_072 : 2048) },
  { name: "bridge", peer: true, start: bridge },
];

function segmentation(rig: Rig, offload: string): void {
  for (const host of [rig.client, rig.server]) host.run("ethtool", ["-K", "eth0", "tso", offload, "gso", offload, "gro", offload]);
}

/** Gbit/s that arrive within a few seconds. */
function transfer(rig: Rig): number {
  const words = ["-c", "0", "iperf3", "-c", rig.addresses.server, "-t", String(seconds), "-O", "1", "--json"];
  const answer = JSON.parse(rig.client.output("taskset", words)) as { end: { sum_received: { bits_per_second: number } } };
  return answer.end.sum_received.bits_per_second / 1e9;
}

interface Stand { rig: Rig; server: ChildProcess; forwarder: Forwarder }

async function stand(folder: string, start: Start, offload: (typeof offloads)[number]): Promise<Stand> {
  const rig = new Rig(folder);
  segmentation(rig, offload);
  const forwarder = await start(rig, offload);
  const server = rig.server.spawn("taskset", ["-c", "0", "iperf3", "-s"], join(folder, "iperf.log"));
  await pause(200);
  return { rig, server, forwarder };
}

async function run({ rounds = 5 }: { rounds?: number }): Promise<Row[]> {
  const missing = ["iperf3", "ethtool"].filter((program) => !has(program));
  if (missing.length) return inTurn(0, kinds.map(({ name }) => absent(name, unit, `${missing.join(" and ")} not installed`)));
  const folder = mkdtempSync(join(tmpdir(), "iperf-"));
  const stands: Stand[] = [];
  try {
    const entrants: Entrant[] = [];
    for (const offload of offloads) {
      for (const { name, peer, start } of kinds) {
        const one = await stand(folder, start, offload);
        stands.push(one);
        entrants.push({ name: `${name}-offload-${offload}`, unit, ...(peer ? { peer } : {}), round: async () => transfer(one.rig) });
      }
    }
    const rows = await inTurn(rounds, entrants);
    return withRatios(rows, Object.fromEntries(offloads.map((offload) => [`coven-1-offload-${offload}`, `sleeping-offload-${offload}`])));
  } finally {
    for (const { rig, server, forwarder } of stands) {
      server.kill();
      await forwarder.remove();
      rig.remove();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

export default { run, needsHosts: true, summary: "TCP through one component" } satisfies Bench;
