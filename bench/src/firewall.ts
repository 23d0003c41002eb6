/** The paper's figure 3: round-trip time through the L7 firewall by the language of its filter, beside a plain sleeping forwarder. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Framework } from "@coven/contract";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, Platform, pings, Rig, root } from "@coven/testbed";
import type { Bench, Options } from "./main.ts";
import { median, type Row, withRatios } from "./report.ts";
import { absent, chosen, type Entrant, inTurn } from "./rounds.ts";
import { sleeping } from "./wires.ts";

const unit = "µs";
const count = 40;
const interval_ms = 5;

/** What analyzes, and the language of what filters. */
interface Mix { name: string; analyzer: "python" | "scapy"; filter: Framework }
const filters = { c: "c", python: "python", ts: "typescript", js: "javascript", java: "java", rust: "rust", click: "click" } as const;
const mixes: Mix[] = [
  ...Object.entries(filters).map(([short, filter]): Mix => ({ name: `python+${short}`, analyzer: "python", filter })),
  ...(["c", "python", "java", "click"] as const).map((filter): Mix => ({ name: `scapy+${filter}`, analyzer: "scapy", filter })),
];
const sources = { python: "analyzer/", scapy: "analyzer-scapy/" };

/** Rows that no host has, and why. */
const never = { "python+python-fused": "every component has a process of its own" };

/** Ping on CPU 0, what is measured on CPU 1. */
const pinned = ["taskset", "-c", "1"];
const once = (rig: Rig) => median(pings(rig.client, rig.addresses.server, count, interval_ms, ["taskset", "-c", "0"]));

const hasScapy = () => spawnSync(process.env.COVEN_PYTHON ?? "python3", ["-c", "import scapy.all"]).status === 0;

/** Why this host can't run a mix, or nothing. */
async function lacks({ analyzer, filter }: Mix): Promise<string | undefined> {
  const { usable, reason } = await drivers(platformPaths())[filter].fingerprint();
  if (!usable) return reason ?? "it is not usable here";
  return analyzer === "scapy" && !hasScapy() ? "Scapy is not installed (Debian: python3-scapy)" : undefined;
}

/** One after the other: what starts does not disturb. */
async function mixesOn(platform: Platform, rigs: Rig[], rows: string[] | undefined): Promise<Entrant[]> {
  const entrants: Entrant[] = [];
  for (const mix of chosen(mixes, rows)) {
    const missing = await lacks(mix);
    if (missing) {
      entrants.push(absent(mix.name, unit, missing));
      continue;
    }
    const rig = new Rig(platform.folder);
    rigs.push(rig);
    const changes = [`components.analyzer.source=${sources[mix.analyzer]}`, `components.filter.framework=${mix.filter}`];
    await platform.deploy(await archiveOf(join(root, "examples/l7-firewall"), changes), mix.name.replace("+", "-"), rig.ports);
    entrants.push({ name: mix.name, unit, round: async () => once(rig) });
  }
  return entrants;
}

async function run({ rounds = 30, rows }: Options): Promise<Row[]> {
  const platform = new Platform(pinned);
  const plain = new Rig(platform.folder);
  const rigs = [plain];
  const forwarder = await sleeping(plain, 1);
  try {
    await platform.up();
    const ours = await mixesOn(platform, rigs, rows);
    const without = chosen(Object.entries(never).map(([name, why]) => absent(name, unit, why)), rows);
    const all = await inTurn(rounds, [...ours, { name: "sleeping", unit, peer: true, round: async () => once(plain) }, ...without], 1);
    return withRatios(all, Object.fromEntries(ours.map(({ name }) => [name, "sleeping"])));
  } finally {
    await forwarder.remove();
    await platform.remove();
    for (const rig of rigs) rig.remove();
  }
}

export default { run, needsHosts: true, summary: "round-trip time through the L7 firewall" } satisfies Bench;
