/** After a start of the daemon: take up what runs, undo what was under way, remove what nobody knows. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { OperationView, TaskHandle } from "@coven/contract";
import { isAlive } from "@coven/pps";
import { removeLeftovers, removeRunFolder, removeTask } from "./cleanup.ts";
import { attach } from "./deploy.ts";
import type { Ground } from "./ground.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Live } from "./live.ts";
import { privateFolder } from "./options.ts";
import { interrupted, messageOf } from "./problems.ts";
import type { InstanceRow } from "./store.ts";

const isOpen = ({ state }: OperationView) => ["STARTING", "PROCESSING", "ROLLING_BACK"].includes(state);

export async function recover(ground: Ground, lifecycle: Lifecycle): Promise<void> {
  for (const operation of ground.store.operations.all().filter(isOpen)) await settle(ground, operation);
  await Promise.all(ground.store.instances.all().map((row) => takeUp(ground, lifecycle, row)));
  await removeOrphans(ground);
}

/**
 * The daemon ended in the middle of it. What brings up is undone: INSTANTIATE back to nothing, STARTED back to stopped.
 * What takes down has no way back, and is carried to its end.
 */
async function settle(ground: Ground, operation: OperationView): Promise<void> {
  const row = ground.store.instances.get(operation.instanceId);
  const down = operation.kind === "TERMINATE" || operation.parameters.changeStateTo === "STOPPED";
  const end = (state: OperationView["state"], more: Partial<OperationView> = {}) =>
    void ground.store.operations.update(operation.id, { state, stateEntered: new Date().toISOString(), ...more });
  try {
    if (row && operation.kind === "OPERATE") await (row.state === "failed" ? backToFailed(ground, row) : stopAll(ground, row));
    else if (row) await removeAll(ground, row);
    if (down) end("COMPLETED");
    else end("ROLLED_BACK", { problem: interrupted("the operation") });
  } catch (error) {
    if (row) ground.store.instances.update(row.id, { state: "failed", problem: messageOf(error) });
    end("FAILED", { problem: interrupted(`the operation; ${messageOf(error)}`) });
  }
}

async function stopAll(ground: Ground, row: InstanceRow): Promise<void> {
  for (const { component } of ground.store.tasks.by("instance_id", row.id)) await removeTask(ground, row, component);
  ground.store.instances.update(row.id, { state: "stopped" });
}

/** A start from `failed` makes the engine anew: a half-made one is of no use. */
async function backToFailed(ground: Ground, row: InstanceRow): Promise<void> {
  await removeLeftovers(ground, row, "traces");
  ground.store.instances.update(row.id, { engine: undefined, plan: undefined });
}

async function removeAll(ground: Ground, row: InstanceRow): Promise<void> {
  await removeLeftovers(ground, row, "nothing");
  ground.store.instances.update(row.id, { state: "not-instantiated", ports: {}, settings: {}, nsh: undefined, engine: undefined, plan: undefined, problem: undefined });
}

/** Its engine still runs: speak to it again. Else the instance has failed. */
async function takeUp(ground: Ground, lifecycle: Lifecycle, { id }: InstanceRow): Promise<void> {
  const row = ground.instance(id);
  if (row.state !== "stopped" && row.state !== "running") return;
  try {
    if (!row.engine || !isAlive(row.engine)) throw new Error("its engine ended while no daemon ran");
    const live = await attach(ground, row, row.engine);
    lifecycle.wire(live);
    await (row.state === "running" ? superviseAll(ground, row, live) : quiet(ground, row, live));
  } catch (error) {
    await lifecycle.fail(id, messageOf(error));
  }
}

async function superviseAll(ground: Ground, row: InstanceRow, live: Live): Promise<void> {
  for (const name of Object.keys(ground.componentsOf(row))) {
    if (ground.groupOf(row, name)[0] !== name) continue;
    const { task } = ground.store.task(row.id, name);
    // One that never had a process, or whose process ended, is started again by its supervisor like any other.
    const known: TaskHandle = task ?? { pid: 0, start_ticks: 0 };
    live.supervise(name, known);
    if (!isAlive(known)) live.supervisors.get(name)?.exited(known.pid, "ended while no daemon ran");
  }
  const { traffic } = await live.engine.hello();
  if (traffic === "off") await live.engine.trafficOn();
}

/** A start or a stop that was cut off may have left the traffic on. */
async function quiet(ground: Ground, row: InstanceRow, live: Live): Promise<void> {
  const { traffic } = await live.engine.hello();
  if (traffic === "on") await live.engine.trafficOff();
  ground.settings.log(`instance ${row.name}: taken up, stopped`);
}

async function removeOrphans(ground: Ground): Promise<void> {
  const { store, settings } = ground;
  const rows = store.instances.all();
  const inUse = new Set(rows.filter(({ state }) => state === "stopped" || state === "running").map(({ folder }) => folder));
  const run = privateFolder(join(settings.run, "i"));
  for (const folder of readdirSync(run).filter((name) => !inUse.has(name))) await removeRunFolder(join(run, folder));
  const known = new Set(rows.filter(({ state }) => state !== "not-instantiated").map(({ folder }) => folder));
  const kept = privateFolder(join(settings.state, "instances"));
  for (const folder of readdirSync(kept).filter((name) => !known.has(name))) await removeRunFolder(join(kept, folder));
}
