/** What the daemon remembers across restarts. */
import { join } from "node:path";
import type { InstanceState, OperationView, PackageState, Plan, PortBinding, Prepared, Problem, TaskHandle, Vnf } from "@coven/contract";
import { openDatabase, Table } from "./database.ts";
import type { NshRow } from "./nsh-plan.ts";

export interface PackageRow {
  id: string;
  state: PackageState;
  created: string;
  userData: Record<string, unknown>;
  vnf?: Vnf;
  checksum?: string;
  problem?: Problem;
  /** Component name -> what its driver left. */
  prepared?: Record<string, Prepared>;
}

export interface InstanceRow {
  id: string;
  name: string;
  description: string;
  packageId: string;
  state: InstanceState;
  created: string;
  metadata: Record<string, unknown>;
  /** Below the runtime folder. */
  folder: string;
  ports: Record<string, PortBinding>;
  /** From instantiation to termination. */
  plan?: Plan | undefined;
  engine?: TaskHandle | undefined;
  /** Component -> settings that were changed by way of its agent: they hold after a restart, too. */
  settings: Record<string, Record<string, unknown>>;
  /** Rules, roles and contexts that were changed since it was instantiated. */
  nsh?: NshRow | undefined;
  /** Why it failed. */
  problem?: string | undefined;
}

export interface TaskRow { id: string; instanceId: string; component: string; task: TaskHandle | null; restarts: number; lastExit: string | null }
export const taskId = (instanceId: string, component: string) => `${instanceId}/${component}`;

/** Operation occurrences that are kept; the oldest ended ones go first. */
const operations_max = 1000;

export class Store {
  readonly #db;
  readonly packages;
  readonly instances;
  readonly tasks;
  readonly operations;

  constructor(folder: string) {
    const db = openDatabase(join(folder, "coven.db"));
    this.#db = db;
    this.packages = new Table<PackageRow>(db, "packages");
    this.instances = new Table<InstanceRow>(db, "instances", (row) => ({ name: row.name, package_id: row.packageId }));
    this.tasks = new Table<TaskRow>(db, "tasks", (row) => ({ instance_id: row.instanceId }));
    this.operations = new Table<OperationView>(db, "operations", (row) => ({ instance_id: row.instanceId }));
  }

  task(instanceId: string, component: string): TaskRow {
    const id = taskId(instanceId, component);
    return this.tasks.get(id) ?? { id, instanceId, component, task: null, restarts: 0, lastExit: null };
  }

  putTask(instanceId: string, component: string, change: Partial<TaskRow>): void {
    this.tasks.put({ ...this.task(instanceId, component), ...change });
  }

  /** Its process is gone. A row stays only if it has something to tell. */
  taskEnded(instanceId: string, component: string): void {
    const row = this.task(instanceId, component);
    if (row.restarts > 0 || row.lastExit !== null) this.tasks.put({ ...row, task: null });
    else this.tasks.remove(row.id);
  }

  forgetOldOperations(): void {
    this.#db.run(`DELETE FROM operations WHERE rowid <= (SELECT rowid FROM operations ORDER BY rowid DESC LIMIT 1 OFFSET ${operations_max})`);
  }

  /** Every row of every table, for tests that compare. */
  dump(): Record<string, unknown[]> {
    const tables = { packages: this.packages, instances: this.instances, tasks: this.tasks, operations: this.operations };
    return Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.all()]));
  }

  close(): void {
    this.#db.close();
  }
}
