/** One package through either engine: the same plan, the same components, the same captures. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EngineStatistics, Plan, PpsDriver, Prepared, TaskHandle } from "@coven/contract";
import { Engine } from "@coven/engine";
import { platformPaths } from "@coven/pps";
import { engineBinary, pause, request } from "@coven/testbed";

/** What is asked of an engine, whichever it is. */
interface Either {
  channel: string;
  stats(): Promise<EngineStatistics>;
  watch(slot: number, task: TaskHandle): Promise<unknown>;
  start(): Promise<unknown>;
  release(slot: number): Promise<unknown>;
  close(): Promise<unknown>;
}

export const kinds = ["rust", "typescript"] as const;
export type Kind = (typeof kinds)[number];

async function open(kind: Kind, folder: string, plan: Plan): Promise<Either> {
  return kind === "rust" ? openRust(folder, plan) : openTypescript(folder, plan);
}

async function openTypescript(folder: string, plan: Plan): Promise<Either> {
  const engine = new Engine({ folder, addon: join(platformPaths().sdkNode, "build/coven.node") }, plan.actions);
  return { channel: engine.channel, stats: async () => engine.stats(), watch: async () => undefined, start: async () => engine.start(), release: async (slot) => engine.release(slot), close: () => engine.close() };
}

async function openRust(folder: string, plan: Plan): Promise<Either> {
  const socket = join(folder, "engine.sock");
  const child = spawn(engineBinary, ["--folder", folder], { stdio: "ignore" });
  const gone = once(child, "exit");
  await until(() => request(socket, "hello").then(() => true, () => false));
  await request(socket, "apply", { actions: plan.actions });
  const { channel } = (await request(socket, "hello")) as { channel: { path: string } };
  return {
    channel: channel.path,
    stats: () => request(socket, "stats") as Promise<EngineStatistics>,
    watch: (slot, { pid }) => request(socket, "supervise", { slot, pid }),
    start: () => request(socket, "start"),
    release: (slot) => request(socket, "release", { slot, timeout_ms: 10_000 }),
    close: async () => {
      await request(socket, "shutdown").catch(() => undefined);
      await gone;
    },
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await pause(3)) if (Date.now() > end) throw new Error("it did not come true");
}

/** The statistics once every capture is through. */
export async function through(kind: Kind, folder: string, plan: Plan, driver: PpsDriver, prepared: Prepared): Promise<EngineStatistics> {
  mkdirSync(folder, { recursive: true });
  const engine = await open(kind, folder, plan);
  const tasks: TaskHandle[] = [];
  try {
    for (const [name, slot] of Object.entries(plan.slots)) {
      const channel = { segment: engine.channel, slot, bells: folder, agent: join(folder, `${name}.sock`), name, outputs: plan.outputs[name] ?? [], log: join(folder, `${name}.log`) };
      const task = await driver.start(prepared, channel);
      tasks.push(task);
      await engine.watch(slot, task);
    }
    await until(async () => (await engine.stats()).components.every(({ state }) => state === "running"));
    await engine.start();
    await until(async () => isThrough(await engine.stats()));
    // A component shows its counters after the packets that they count: they are complete once it has left.
    for (const slot of Object.values(plan.slots)) await engine.release(slot);
    await until(async () => (await engine.stats()).components.every(({ state }) => state === "leaving" || state === "empty"));
    return await engine.stats();
  } finally {
    await Promise.all(tasks.map((task) => driver.stop(task, 0)));
    await engine.close();
  }
}

const isThrough = ({ ports, in_flight, edges }: EngineStatistics) => in_flight === 0 && ports.every(({ done }) => done) && edges.every(({ fill }) => fill === 0);
