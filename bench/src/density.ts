/** Many VNFs on one host: each passes 100 packets a second for 30 s. What was lost, and what memory each takes: the proportional set
 * size of its engine and its component. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, Platform, pause, root } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { row, type Row } from "./report.ts";

const vnfs = 100;
const rate = 100;
const watched_ms = 30_000;

/** Proportional set size, MiB. */
const pss_mib = (pid: number): number => Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? Number.NaN) / 1024;

async function instanceMib(platform: Platform, id: string): Promise<number> {
  const { statistics } = await platform.monitor(id);
  const { enginePid } = (await platform.call("GET", `/coven/v1/instances/${id}`)) as { enginePid: number };
  return [enginePid, ...(statistics?.components ?? []).map((component) => component.pid)].reduce((sum, pid) => sum + pss_mib(pid), 0);
}

async function run(): Promise<Row[]> {
  const platform = new Platform();
  try {
    await platform.up();
    const packageId = await platform.onboard(await archiveOf(join(root, "examples/forward"), ["components.forward.framework=c"]));
    const ids: string[] = [];
    for (let i = 0; i < vnfs; i++) ids.push(await platform.instantiate(packageId, `dense-${i}`, { lan: { backend: "generate", rate }, wan: { backend: "generate", count: 0 } }));
    await pause(watched_ms);
    let [lost, received] = [0, 0];
    const mib: number[] = [];
    for (const id of ids) {
      mib.push(await instanceMib(platform, id));
      const now = await platform.statistics(id);
      lost += Object.values(now.dropped).reduce((a, b) => a + b, 0);
      received += now.received;
      if (now.transmitted === 0) throw new Error(`the VNF ${id} passed nothing on`);
    }
    const note = `${received} packets, ${rate} a second and VNF asked for`;
    return [row("vnfs", "VNFs", [ids.length]), row("mib-each", "MiB", mib, { note: "engine and component, C" }), row("lost", "packets", [lost], { note })];
  } finally {
    await platform.remove();
  }
}

export default { run, needsHosts: true, summary: "memory and loss of 100 VNFs" } satisfies Bench;
