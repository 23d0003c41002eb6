/** Rows as the world outside sees them. */
import { type ComponentView, CovenError, type InstanceView, type PackageView } from "@coven/contract";
import { isAlive } from "@coven/pps";
import type { Ground } from "./ground.ts";
import type { InstanceRow, PackageRow } from "./store.ts";

export function packageView(row: PackageRow, inUse: boolean): PackageView {
  const { prepared: _, ...view } = row;
  return { ...view, inUse };
}

export function instanceView(ground: Ground, row: InstanceRow, operation: string | null): InstanceView {
  const { id, name, description, packageId, state, created, ports, metadata } = row;
  const vnf = ground.vnfOf(row);
  const components = Object.entries(ground.componentsOf(row)).map(([process, { framework }]) => componentView(ground, row, process, framework));
  return { id, name, description, packageId, vnf, state, operation, created, folder: ground.runFolder(row), ports, enginePid: row.engine?.pid ?? null, ...(row.plan?.cpu !== undefined && { cpu: row.plan.cpu }), components, metadata };
}

function componentView(ground: Ground, row: InstanceRow, name: string, framework: string): ComponentView {
  const { task, restarts, lastExit } = ground.store.task(row.id, name);
  const alive = task !== null && isAlive(task);
  const watched = ground.live.get(row.id)?.supervisors.get(name)?.view.state;
  const state = watched ?? (alive ? "starting" : row.state === "failed" ? "failed" : "down");
  return { name, framework, state, pid: alive ? task.pid : null, restarts, lastExit };
}

/** Its component, or NOT_FOUND. */
export function requireComponent(ground: Ground, row: InstanceRow, name: string): void {
  if (!Object.hasOwn(ground.componentsOf(row), name)) throw new CovenError("NOT_FOUND", ["component", `${row.name}.${name}`]);
}
