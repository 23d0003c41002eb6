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
export const ovs = (rig: Rig, cpu: number): Promise<Forwarder> => ovsSwitch([rig.lan, rig.wan], cpu);

/** A switch of these interfaces, its ports 1, 2, …: it does what the flows say or, without any, learns. */
export async function ovsSwitch(interfaces: readonly string[], cpu: number, flows: readonly string[] = []): Promise<Forwarder> {
  const folder = mkdtempSync(join(tmpdir(), "ovs-"));
  const socket = join(folder, "db.sock");
  const env = { ...process.env, OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder };
  const start = (program: string, words: string[]) => spawn("taskset", ["-c", String(cpu), program, ...words], { env, stdio: "ignore" });
  const run = (program: string, ...words: string[]) => execFileSync(program, words, { env, stdio: ["ignore", "ignore", "inherit"] });
  const control = (...words: string[]) => run("ovs-vsctl", `--db=unix:${socket}`, "--timeout=10", ...words);
  run("ovsdb-tool", "create", join(folder, "conf.db"), schema);
  const database = start("ovsdb-server", [join(folder, "conf.db"), `--remote=punix:${socket}`]);
  for (let tries = 0; tries < 200 && !existsSync(socket); tries++) await pause(10);
  control("--no-wait", "init");
  const daemon = start("ovs-vswitchd", [`unix:${socket}`]);
  const remove = async () => {
    await ended(daemon);
    await ended(database);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const bridge = `o${interfaces[0]}`;
    control("add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev", "protocols=OpenFlow13,OpenFlow15", ...(flows.length ? ["fail_mode=secure"] : []));
    for (const [index, name] of interfaces.entries()) control("add-port", bridge, name, "--", "set", "interface", name, `ofport_request=${index + 1}`);
    for (const flow of flows) run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", bridge, flow);
  } catch (problem) {
    await remove();
    throw problem;
  }
  return { pids: [daemon.pid ?? 0], remove };
}
