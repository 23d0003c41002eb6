/** Whatever a deployment left: its processes, recorded or not, and its folders. */
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { TaskHandle } from "@coven/contract";
import { end, factsOf } from "@coven/pps";
import type { Ground } from "./ground.ts";
import type { InstanceRow } from "./store.ts";

const grace_ms = 1_000;

/** End the component's process and forget it; how often it ended stays known. One that is killed leaves its socket. */
export async function removeTask(ground: Ground, row: InstanceRow, component: string, grace_ms = 0): Promise<void> {
  const { task } = ground.store.task(row.id, component);
  if (task) await ground.driverOf(row, component).stop(task, grace_ms);
  await rm(ground.agentSocket(row, component), { force: true });
  ground.store.taskEnded(row.id, component);
}

/** Nothing of the instance runs after this, and its runtime folder is gone; its logs and the records of its tasks stay, if so wanted, to tell what happened. */
export async function removeLeftovers(ground: Ground, row: InstanceRow, keep: "traces" | "nothing"): Promise<void> {
  const tasks = ground.store.tasks.by("instance_id", row.id);
  for (const { component } of tasks) await removeTask(ground, row, component);
  const { engine } = ground.instance(row.id);
  if (engine) await end(engine, grace_ms);
  await removeRunFolder(ground.runFolder(row));
  if (keep === "traces") return;
  await rm(ground.keptFolder(row), { recursive: true, force: true });
  for (const { id } of tasks) ground.store.tasks.remove(id);
}

export async function removeRunFolder(folder: string): Promise<void> {
  for (const task of processesOf(folder)) await end(task, grace_ms);
  await rm(folder, { recursive: true, force: true });
}

/** Processes that were started for this runtime folder: an engine has it in its command line, a component in its environment. */
export function processesOf(folder: string): TaskHandle[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => words(name, "cmdline").includes(folder) || words(name, "environ").some((word) => word === `COVEN_BELLS=${folder}` || word.startsWith(`COVEN_BELLS=${folder}/`)))
    .flatMap((name) => {
      const facts = factsOf(Number(name));
      return facts ? [{ pid: Number(name), start_ticks: facts.start_ticks }] : [];
    });
}

/** Of other users' processes we may not see these, and they are none of ours. */
function words(pid: string, file: "cmdline" | "environ"): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return [];
  }
}
