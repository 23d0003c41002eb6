/** Round-trip time of ping through one C component, beside plain programs: ping and its answer on CPU 0. What is measured stands on
 * CPU 1; in rows with `-shared` on CPU 0 too. Each has a row for the median and one for the 99th percentile of its rounds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pings, Rig } from "@coven/testbed";
import type { Bench, Options } from "./main.ts";
import { median, percentile, type Row, withRatios } from "./report.ts";
import { absent, chosen, type Entrant, inTurn } from "./rounds.ts";
import { bridge, type Forwarder, ours, sleeping, testpmd, testpmdMissing } from "./wires.ts";

const unit = "µs";
const count = 200;
const interval_ms = 5;

type Start = (rig: Rig) => Promise<Forwarder>;
interface Runner { name: string; peer?: true; note?: string; start: Start; /** It polls: it may run only while it is measured. */ polls?: true }

const runners: Runner[] = [
  { name: "coven-latency", start: (rig) => ours(rig, { backend: "af_packet", profile: "latency", cpu: 1 }), polls: true },
  { name: "coven-balanced", start: (rig) => ours(rig, { backend: "af_packet", cpu: 1 }) },
  { name: "coven-shared", note: "balanced, on ping's CPU", start: (rig) => ours(rig, { backend: "af_packet", cpu: 0 }) },
  { name: "testpmd", peer: true, note: "af_packet, polls", start: (rig) => testpmd(rig, "af_packet", 1), polls: true },
  { name: "sleeping", peer: true, start: (rig) => sleeping(rig, 1) },
  { name: "sleeping-shared", peer: true, note: "on ping's CPU", start: (rig) => sleeping(rig, 0) },
  { name: "bridge", peer: true, note: "no process", start: bridge },
];

const ratios: Record<string, string> = { "coven-latency": "testpmd", "coven-balanced": "sleeping", "coven-shared": "sleeping-shared" };

function once(rig: Rig): Record<string, number> {
  const times = pings(rig.client, rig.addresses.server, count, interval_ms, ["taskset", "-c", "0"]);
  if (times.length < count) throw new Error(`${count - times.length} of ${count} pings were lost`);
  return { "": median(times), "-p99": percentile(times, 0.99) };
}

/** Sleepers stay up between their rounds; who polls is started for each, or it would take the others' CPU. */
async function entrantOf(runner: Runner, folder: string, close: (() => Promise<void>)[]): Promise<Entrant> {
  const { name, peer, note } = runner;
  if (name === "testpmd" && testpmdMissing()) return absent(name, unit, testpmdMissing() ?? "");
  const rig = new Rig(folder);
  close.push(async () => rig.remove());
  const shape = { name, unit, ...(peer ? { peer } : {}), ...(note ? { note } : {}) };
  if (!runner.polls) {
    const forwarder = await runner.start(rig);
    close.push(() => forwarder.remove());
    return { ...shape, round: async () => once(rig) };
  }
  const round = async () => {
    const forwarder = await runner.start(rig);
    try {
      return once(rig);
    } finally {
      await forwarder.remove();
    }
  };
  return { ...shape, round };
}

async function run({ rounds = 10, rows: asked }: Options): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "rtt-"));
  const close: (() => Promise<void>)[] = [];
  try {
    const entrants: Entrant[] = [];
    for (const runner of chosen(runners, asked)) entrants.push(await entrantOf(runner, folder, close));
    const rows = await inTurn(rounds, entrants, 1);
    const tails = Object.fromEntries(Object.entries(ratios).map(([name, to]) => [`${name}-p99`, `${to}-p99`]));
    return withRatios(rows, { ...ratios, ...tails });
  } finally {
    for (const end of close.reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

export default { run, needsHosts: true, summary: "round-trip time through one component" } satisfies Bench;
