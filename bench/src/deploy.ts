/** From the request to the first packet at the other side, beside the bare start of the runtime. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { archiveOf, Platform, pause, readCapture, Rig, root, sequence, writeCapture } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { row, type Row } from "./report.ts";

interface Case { name: string; folder: string; changes: string[]; fromSource?: boolean }
const firewall = join(root, "examples/l7-firewall");
const forward = join(root, "examples/forward");
const cases: Case[] = [
  { name: "c-prepared", folder: forward, changes: ["components.forward.framework=c"] },
  { name: "c-from-source", folder: forward, changes: ["components.forward.framework=c"], fromSource: true },
  { name: "python+c", folder: firewall, changes: ["components.filter.framework=c"] },
  { name: "ts", folder: forward, changes: ["components.forward.framework=typescript"] },
];
const bare: Record<string, string[]> = { "bare-c": ["true"], "bare-python": ["python3", "-c", "0"], "bare-node": [process.execPath, "-e", "0"] };

async function once(platform: Platform, rig: Rig, one: Case, archive: Buffer, round: number): Promise<number> {
  const receive = join(platform.folder, `first-${one.name}-${round}.pcap`);
  const sink = rig.station("server", { receive });
  await sink.ready();
  const source = rig.station("client", { send: join(platform.folder, "in.pcap"), rate: 2000 });
  await source.ready();
  const prepared = one.fromSource ? undefined : await platform.onboard(archive);
  const began_ms = performance.timeOrigin + performance.now();
  const instance = await platform.instantiate(prepared ?? (await platform.onboard(archive)), `${one.name.replace("+", "-")}-${round}`, rig.ports);
  await pause(50);
  await Promise.all([source.end(), sink.end()]);
  await platform.undeploy(instance);
  const first = readCapture(receive).find(({ bytes }) => bytes.length >= 42 && bytes.readUInt16BE(36) === 9000);
  if (!first) throw new Error(`${one.name}: no packet came through`);
  return Number(first.time_ns) / 1e6 - began_ms;
}

async function run({ rounds = 5 }: { rounds?: number }): Promise<Row[]> {
  const platform = new Platform();
  const rig = new Rig(platform.folder);
  try {
    await platform.up();
    writeCapture(join(platform.folder, "in.pcap"), sequence(40_000));
    const rows: Row[] = [];
    for (const one of cases) {
      const archive = await archiveOf(one.folder, one.changes);
      const figures: number[] = [];
      for (let round = 0; round <= rounds; round++) figures.push(await once(platform, rig, one, archive, round));
      rows.push(row(one.name, "ms", figures.slice(1)));
    }
    for (const [name, [program = "", ...words]] of Object.entries(bare)) {
      const figures = Array.from({ length: rounds }, () => {
        const began = performance.now();
        execFileSync(program, words);
        return performance.now() - began;
      });
      rows.push(row(name, "ms", figures, { peer: true }));
    }
    return rows;
  } finally {
    await platform.remove();
    rig.remove();
  }
}

export default { run, needsHosts: true, summary: "from the request to the first packet" } satisfies Bench;
