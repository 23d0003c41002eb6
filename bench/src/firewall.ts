/** The paper's figure 3: round-trip time through the L7 firewall by the language of its filter, beside a plain sleeping forwarder. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, Platform, pings, Rig, root } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { peer } from "./peers.ts";
import { median, row, type Row, withRatios } from "./report.ts";

const filters = { "python+c": "c", "python+python": "python", "python+ts": "typescript", "python+js": "javascript", "python+java": "java" } as const;

/** Ping on CPU 0, what is measured on CPU 1. */
const pinned = ["taskset", "-c", "1"];
const ping = (rig: Rig) => median(pings(rig.client, rig.addresses.server, 100, 5, ["taskset", "-c", "0"]));

/** A language that this host lacks is left out, and said. */
async function usable() {
  const all = drivers(platformPaths());
  const rows = await Promise.all(Object.entries(filters).map(async ([name, framework]) => ({ name, framework, ...(await all[framework].fingerprint()) })));
  for (const { name, reason } of rows.filter((each) => !each.usable)) console.error(`${name} is left out: ${reason}`);
  return rows.filter((each) => each.usable).map(({ name, framework }) => [name, framework] as const);
}

async function run({ rounds = 30 }: { rounds?: number }): Promise<Row[]> {
  const platform = new Platform(pinned);
  const rigs = new Map<string, Rig>();
  let sleeping: ChildProcess | undefined;
  try {
    await platform.up();
    for (const [name, framework] of await usable()) {
      const rig = new Rig(platform.folder);
      rigs.set(name, rig);
      await platform.deploy(await archiveOf(join(root, "examples/l7-firewall"), [`components.filter.framework=${framework}`]), name.replace("+", "-"), rig.ports);
    }
    const plain = new Rig(platform.folder);
    rigs.set("sleeping", plain);
    sleeping = spawn("taskset", ["-c", "1", peer("sleeping"), plain.lan, plain.wan], { stdio: "inherit" });
    const figures = new Map([...rigs.keys()].map((name) => [name, [] as number[]]));
    for (const rig of rigs.values()) ping(rig);
    for (let round = 0; round < rounds; round++) for (const [name, rig] of rigs) figures.get(name)?.push(ping(rig));
    const rows = [...figures].map(([name, values]) => row(name, "µs", values, name === "sleeping" ? { peer: true } : {}));
    return withRatios(rows, Object.fromEntries([...figures.keys()].filter((name) => name !== "sleeping").map((name) => [name, "sleeping"])));
  } finally {
    sleeping?.kill();
    await platform.remove();
    for (const rig of rigs.values()) rig.remove();
  }
}

export default { run, needsHosts: true, summary: "round-trip time through the L7 firewall" } satisfies Bench;
