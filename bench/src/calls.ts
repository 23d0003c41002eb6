/** Counts what processes ask of the kernel and of the allocator while packets move: strace attached to them, and a library preloaded
 * into them (bench/peers/allocations.c). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { pause } from "@coven/testbed";
import { sharedObject } from "./peers.ts";
import type { Plane } from "./plane.ts";

export interface Spent { calls: number; byCall: Record<string, number>; allocations: number; kept: number }
export interface Window { packets: number; requests: number; spent: Spent[] }

/** Why system calls can't be counted here, or nothing. */
export function countingMissing(): string | undefined {
  const tried = spawnSync("strace", ["-o", "/dev/null", "true"], { encoding: "utf8" });
  if (tried.error) return "strace is not installed";
  return tried.status === 0 ? undefined : `strace may not trace here: ${tried.stderr.trim()}`;
}

/** Variables with which a process counts its allocations into `folder`. */
export function counting(folder: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  return { LD_PRELOAD: sharedObject("allocations"), COVEN_COUNTS: folder, PYTHONMALLOC: "malloc" };
}

/** Allocations and releases of a process so far. */
function allocationsOf(folder: string, pid: number): { taken: number; given: number } {
  const file = openSync(join(folder, String(pid)), "r");
  const counts = new BigUint64Array(2);
  readSync(file, new Uint8Array(counts.buffer), 0, 16, 0);
  closeSync(file);
  return { taken: Number(counts[0]), given: Number(counts[1]) };
}

class Trace {
  readonly #strace: ChildProcess;
  readonly #file: string;
  readonly #pid: number;

  constructor(folder: string, pid: number) {
    this.#pid = pid;
    this.#file = join(folder, `calls.${pid}`);
    this.#strace = spawn("strace", ["-f", "-c", "-o", this.#file, "-p", String(pid)], { stdio: "ignore" });
  }

  /** Resolves once every thread is traced. */
  async attached(): Promise<void> {
    const traced = () => readdirSync(`/proc/${this.#pid}/task`).every((thread) => !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${this.#pid}/task/${thread}/status`, "utf8")));
    for (let tries = 0; tries < 500; tries++) {
      if (traced()) return;
      await pause(10);
    }
    throw new Error(`strace does not get hold of process ${this.#pid}`);
  }

  /** Lets go of it: its calls by name. */
  async end(): Promise<Record<string, number>> {
    const gone = once(this.#strace, "exit");
    this.#strace.kill("SIGINT");
    await gone;
    // % time, seconds, µs a call, calls, errors or nothing, name
    const rows = readFileSync(this.#file, "utf8").matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/gm);
    return Object.fromEntries([...rows].filter(([, , name]) => name !== "total").map(([, calls, name = ""]) => [name, Number(calls)]));
  }
}

/** Packets move until at least so many have come through, and all is at rest again. */
async function moved(plane: Plane, packets: number): Promise<{ packets: number; requests: number }> {
  const first = (await plane.statistics()).transmitted;
  const through = async () => (await plane.statistics()).transmitted - first;
  let requests = 5;
  await plane.ask("start");
  for (; (await through()) < packets; requests++) await pause(20);
  await plane.rest();
  return { packets: await through(), requests };
}

/** What each process spends while at least so many packets pass, the engine first. */
export async function windowOf(plane: Plane, folder: string, packets: number): Promise<Window> {
  const pids = plane.pids;
  const traces = pids.map((pid) => new Trace(folder, pid));
  await Promise.all(traces.map((one) => one.attached()));
  const before = pids.map((pid) => allocationsOf(folder, pid));
  const passed = await moved(plane, packets);
  const after = pids.map((pid) => allocationsOf(folder, pid));
  const calls = await Promise.all(traces.map((one) => one.end()));
  const spent = pids.map((_, n): Spent => {
    const [from, to, byCall] = [before[n] ?? { taken: 0, given: 0 }, after[n] ?? { taken: 0, given: 0 }, calls[n] ?? {}];
    const allocations = to.taken - from.taken;
    return { calls: Object.values(byCall).reduce((a, b) => a + b, 0), byCall, allocations, kept: allocations - (to.given - from.given) };
  });
  return { ...passed, spent };
}
