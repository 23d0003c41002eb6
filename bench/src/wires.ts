/** Forwarders between the two interfaces of a rig: ours and the peers, started and ended alike. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PortBinding } from "@coven/contract";
import { drivers, platformPaths } from "@coven/pps";
import { pause, type Rig, root } from "@coven/testbed";
import { peer } from "./peers.ts";
import { betweenOf, Plane, type PlaneSpec } from "./plane.ts";
import { Testpmd, testpmdMissing } from "./testpmd.ts";

export interface Forwarder {
  /** Its processes; none where the kernel forwards. */
  pids: number[];
  remove(): Promise<void>;
}

const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });

export interface Ours { backend: "af_packet" | "af_xdp"; profile?: PlaneSpec["profile"]; cpu: number }

/** Engine and one C component, both on one CPU. */
export async function ours(rig: Rig, { backend, profile = "balanced", cpu }: Ours): Promise<Forwarder & { plane: Plane }> {
  const port = (name: string) => ({ backend, interface: name }) as PortBinding;
  const plane = await Plane.open({ ...betweenOf(port(rig.lan), port(rig.wan)), profile, cpus: { engine: cpu, components: cpu } });
  await plane.ask("start");
  return { plane, pids: plane.pids, remove: () => plane.remove() };
}

/** The plain program (bench/peers/sleeping.c). `slot`: bytes of its slots, when it has to keep what the stack left to hardware. */
export async function sleeping(rig: Rig, cpu: number, slot?: number): Promise<Forwarder> {
  const child = spawn("taskset", ["-c", String(cpu), peer("sleeping"), ...(slot ? ["-o", String(slot)] : []), rig.lan, rig.wan], { stdio: "inherit" });
  await pause(100);
  return { pids: [child.pid ?? 0], remove: () => ended(child) };
}

/** The TypeScript engine and one C component, both on one CPU. */
export async function ourTs(rig: Rig, cpu: number): Promise<Forwarder> {
  const child = spawn("taskset", ["-c", String(cpu), process.execPath, "--import", "tsx", tsEngine, rig.lan, rig.wan], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
  if (!(said instanceof Buffer)) throw new Error("the TypeScript engine ended before it began");
  return { pids: [child.pid ?? 0, Number(said)], remove: () => ended(child) };
}
const tsEngine = fileURLToPath(new URL("ts-engine.ts", import.meta.url));

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill();
  await gone;
}

/** The kernel's bridge. */
export async function bridge(rig: Rig): Promise<Forwarder> {
  const name = `b${rig.lan}`;
  ip("link", "add", name, "type", "bridge");
  for (const end of [rig.lan, rig.wan]) ip("link", "set", end, "master", name);
  ip("link", "set", name, "up");
  return { pids: [], remove: async () => ip("link", "delete", name) };
}

/** DPDK on both interfaces, polling on one CPU; its prompt sleeps on the other. */
export async function testpmd(rig: Rig, backend: "af_packet" | "af_xdp", cpu: number): Promise<Forwarder> {
  const vdevs = [rig.lan, rig.wan].map((name, n) => `net_${backend}${n},iface=${name}`);
  const one = await Testpmd.open({ name: `${rig.lan}-${backend}`, cpu, vdevs, topology: "paired" });
  await one.say("set promisc all on");
  await one.say("start");
  return { pids: [one.pid], remove: () => one.remove() };
}
export { testpmdMissing };

/** Both ways in the Click modular router, at user level. */
export async function click(rig: Rig, cpu: number): Promise<Forwarder> {
  const way = (from: string, to: string) => `FromDevice(${from}, BURST 32) -> Queue(2048) -> ToDevice(${to}, BURST 32);`;
  const child = spawn("taskset", ["-c", String(cpu), process.env.COVEN_CLICK ?? "click", "-e", way(rig.lan, rig.wan) + way(rig.wan, rig.lan)], { stdio: "ignore" });
  await pause(300);
  return { pids: [child.pid ?? 0], remove: () => ended(child) };
}
export const clickMissing = async (): Promise<string | undefined> => (await drivers(platformPaths()).click.fingerprint()).reason ?? undefined;
