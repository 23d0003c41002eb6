/** Packets a second from interface to interface, and what each costs. The source is on CPU 0, the forwarder on CPU 1; 64-byte packets
 * of one direction. Without loss: the highest rate of a bisection at which at most one packet in a thousand is missing, in one trial of
 * three: what else runs on the host takes a CPU for milliseconds now and then, longer than any queue lasts, and is no forwarder's loss;
 * one that can't keep up loses in every trial. The CPU time a packet is that of the forwarder's processes and of the source, in whose time the kernel works too, less that of the source alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rig } from "@coven/testbed";
import type { Bench, Options } from "./main.ts";
import { ovs, ovsMissing } from "./ovs.ts";
import { type Row, withRatios } from "./report.ts";
import { absent, chosen, type Entrant, inTurn } from "./rounds.ts";
import { type Trial, trial } from "./source.ts";
import { bridge, click, clickMissing, type Forwarder, ours, ourTs, sleeping, testpmd, testpmdMissing } from "./wires.ts";

const allowed = 0.001;
const steps = 5;
const tries = 3;
const trial_ms = 600;
const load = { rate: 500_000, ms: 2000 };

interface Kind { name: string; peer?: true; missing?: string | undefined; start(rig: Rig): Promise<Forwarder> }
const kinds: Kind[] = [
  { name: "coven-af_xdp", start: (rig) => ours(rig, { backend: "af_xdp", cpu: 1 }) },
  { name: "coven-af_packet", start: (rig) => ours(rig, { backend: "af_packet", cpu: 1 }) },
  { name: "coven-ts", start: (rig) => ourTs(rig, 1) },
  { name: "sleeping", peer: true, start: (rig) => sleeping(rig, 1) },
  { name: "testpmd-af_xdp", peer: true, missing: testpmdMissing(), start: (rig) => testpmd(rig, "af_xdp", 1) },
  { name: "testpmd-af_packet", peer: true, missing: testpmdMissing(), start: (rig) => testpmd(rig, "af_packet", 1) },
  { name: "bridge", peer: true, start: bridge },
  { name: "ovs", peer: true, missing: ovsMissing(), start: (rig) => ovs(rig, 1) },
  { name: "click", peer: true, missing: await clickMissing(), start: (rig) => click(rig, 1) },
];

/** The trial with the least loss. */
async function bestTrial(rig: Rig, folder: string, forwarder: Forwarder, rate: number | "full"): Promise<Trial> {
  let best = await trial(rig, folder, forwarder, rate, trial_ms);
  for (let again = 1; again < tries && best.lost > allowed; again++) {
    const other = await trial(rig, folder, forwarder, rate, trial_ms);
    if (other.lost < best.lost) best = other;
  }
  return best;
}

/** Highest rate that comes through. */
async function withoutLoss(rig: Rig, folder: string, forwarder: Forwarder): Promise<number> {
  const full = await bestTrial(rig, folder, forwarder, "full");
  if (full.lost <= allowed) return full.arrived;
  let [good, bad] = [0, full.offered];
  for (let step = 0; step < steps; step++) {
    const rate = Math.round((good + bad) / 2);
    const { lost } = await bestTrial(rig, folder, forwarder, rate);
    if (lost <= allowed) good = rate;
    else bad = rate;
  }
  return good;
}

async function within(kind: Kind, folder: string, measure: (rig: Rig, forwarder: Forwarder) => Promise<number>): Promise<number> {
  const rig = new Rig(folder);
  try {
    const forwarder = await kind.start(rig);
    try {
      return await measure(rig, forwarder);
    } finally {
      await forwarder.remove();
    }
  } finally {
    rig.remove();
  }
}

const nobody: Kind = { name: "source", start: async () => ({ pids: [], remove: async () => {} }) };

async function run({ rounds = 3, rows }: Options): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "wire-"));
  const shape = ({ name, peer }: Kind, unit: string) => ({ name, unit, ...(peer ? { peer } : {}) });
  let alone = 0;
  const cpu = async (kind: Kind) => {
    const used = await within(kind, folder, async (rig, forwarder) => (await trial(rig, folder, forwarder, load.rate, load.ms)).cpu_ns);
    if (kind === nobody) alone = used;
    return kind === nobody ? used : used - alone;
  };
  const entrants = [
    { ...shape(nobody, "packets/s"), note: "as fast as it sends to nobody", round: () => within(nobody, folder, async (rig, forwarder) => (await trial(rig, folder, forwarder, "full", trial_ms)).offered) },
    { ...shape(nobody, "CPU ns a packet"), name: "cpu-ns-source", note: `at ${load.rate} a second; taken off below`, round: () => cpu(nobody) },
    ...chosen(kinds, rows).flatMap((kind): Entrant[] => {
      const unit = "packets/s without loss";
      if (kind.missing) return [absent(kind.name, unit, kind.missing)];
      return [
        { ...shape(kind, unit), round: () => within(kind, folder, (rig, forwarder) => withoutLoss(rig, folder, forwarder)) },
        { ...shape(kind, "CPU ns a packet"), name: `cpu-ns-${kind.name}`, round: () => cpu(kind) },
      ];
    }),
  ];
  try {
    const pairs = { "coven-af_xdp": "testpmd-af_xdp", "coven-af_packet": "testpmd-af_packet", "coven-ts": "coven-af_packet", "cpu-ns-coven-af_xdp": "cpu-ns-sleeping", "cpu-ns-coven-af_packet": "cpu-ns-sleeping" };
    return withRatios(await inTurn(rounds, entrants), pairs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export default { run, needsHosts: true, summary: "packets a second and CPU time a packet between two interfaces" } satisfies Bench;
