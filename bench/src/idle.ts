/** What the platform costs while nothing happens: CPU time of all its processes over 30 s after 5 s of rest. */
import { join } from "node:path";
import { archiveOf, Platform, pause, Rig, root } from "@coven/testbed";
import { cpuOfAll_ns } from "./cpu.ts";
import type { Bench } from "./main.ts";
import { row, type Row } from "./report.ts";

const rest_ms = 5_000;
const watched_ms = 30_000;

async function pids(platform: Platform): Promise<number[]> {
  const all = [platform.daemonPid ?? 0];
  for (const { id } of (await platform.call("GET", "/vnflcm/v2/vnf_instances")) as { id: string }[]) {
    const { statistics } = await platform.monitor(id);
    const { enginePid } = (await platform.call("GET", `/coven/v1/instances/${id}`)) as { enginePid: number };
    all.push(enginePid, ...(statistics?.components ?? []).map((component) => component.pid));
  }
  return all.filter(Boolean);
}

async function measure(count: number): Promise<Row> {
  const platform = new Platform();
  const rigs: Rig[] = [];
  try {
    await platform.up();
    const archive = await archiveOf(join(root, "examples/l7-firewall"));
    const packageId = await platform.onboard(archive);
    for (let i = 0; i < count; i++) {
      const rig = new Rig(platform.folder);
      rigs.push(rig);
      await platform.instantiate(packageId, `idle-${i}`, rig.ports);
    }
    const all = await pids(platform);
    await pause(rest_ms);
    const before = cpuOfAll_ns(all);
    // Monitoring is on: somebody scrapes the metrics as Prometheus does.
    for (let passed = 0; passed < watched_ms; passed += 10_000) {
      await platform.call("GET", "/metrics");
      await pause(10_000);
    }
    const used = cpuOfAll_ns(all) - before;
    return row(`cpu-${count}-vnf${count > 1 ? "s" : ""}`, "% of a CPU", [(used / (watched_ms * 1e6)) * 100], { note: `${all.length} processes, metrics scraped every 10 s` });
  } finally {
    await platform.remove();
    for (const rig of rigs) rig.remove();
  }
}

export default { run: async () => [await measure(1), await measure(10)], needsHosts: true, summary: "CPU used while idle" } satisfies Bench;
