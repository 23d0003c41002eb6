/** Open vSwitch with its datapath in user space, on folders of its own, as a peer. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause, type Rig } from "@coven/testbed";
import type { Forwarder } from "./wires.ts";

const schema = "/usr/share/openvswitch/vswitch.ovsschema";
const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

export const ovsMissing = (): string | undefined => (has("ovs-vswitchd") && has("ovsdb-server") && existsSync(schema) ? undefined : "Open vSwitch is not installed (Debian: openvswitch-switch)");

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill();
  await gone;
}

/** A learning switch of both interfaces. */
export async function ovs(rig: Rig, cpu: number): Promise<Forwarder> {
  const folder = mkdtempSync(join(tmpdir(), "ovs-"));
  const socket = join(folder, "db.sock");
  const env = { ...process.env, OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder };
  const start = (program: string, words: string[]) => spawn("taskset", ["-c", String(cpu), program, ...words], { env, stdio: "ignore" });
  execFileSync("ovsdb-tool", ["create", join(folder, "conf.db"), schema], { env });
  const database = start("ovsdb-server", [join(folder, "conf.db"), `--remote=punix:${socket}`]);
  for (let tries = 0; tries < 200 && !existsSync(socket); tries++) await pause(10);
  const control = (...words: string[]) => execFileSync("ovs-vsctl", [`--db=unix:${socket}`, ...words], { env, stdio: ["ignore", "ignore", "inherit"] });
  control("--no-wait", "init");
  const daemon = start("ovs-vswitchd", [`unix:${socket}`]);
  const bridge = `o${rig.lan}`;
  control("--timeout=10", "add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev");
  for (const end of [rig.lan, rig.wan]) control("--timeout=10", "add-port", bridge, end);
  const remove = async () => {
    await ended(daemon);
    await ended(database);
    rmSync(folder, { recursive: true, force: true });
  };
  return { pids: [daemon.pid ?? 0], remove };
}
