/** What every part of the management agent stands on. */
import { join } from "node:path";
import { type Component, componentOf, CovenError, type PackageView, type PpsDriver, type Prepared, processesOf } from "@coven/contract";
import { changedVnf } from "@coven/nshp";
import { allDrivers } from "@coven/pps";
import type { Live } from "./live.ts";
import type { Settings } from "./options.ts";
import { type InstanceRow, type PackageRow, Store } from "./store.ts";

export class Ground {
  readonly settings: Settings;
  readonly store: Store;
  readonly drivers: Record<string, PpsDriver>;
  /** Instances whose engine runs, by id. */
  readonly live = new Map<string, Live>();

  constructor(settings: Settings) {
    this.settings = settings;
    this.store = new Store(settings.state);
    this.drivers = allDrivers(settings.paths);
  }

  driver(framework: string): PpsDriver {
    const driver = this.drivers[framework];
    if (!driver) throw new CovenError("FRAMEWORK_MISSING", [framework, `known are ${Object.keys(this.drivers).join(", ")}`]);
    return driver;
  }

  instance(id: string): InstanceRow {
    const row = this.store.instances.get(id);
    if (!row) throw new CovenError("NOT_FOUND", ["instance", id]);
    return row;
  }

  package(id: string): PackageRow {
    const row = this.store.packages.get(id);
    if (!row) throw new CovenError("NOT_FOUND", ["package", id]);
    return row;
  }

  packageVnf(row: InstanceRow): NonNullable<PackageView["vnf"]> {
    const { vnf } = this.package(row.packageId);
    if (!vnf) throw new CovenError("PACKAGE_STATE", [row.packageId, "not onboarded"]);
    return vnf;
  }

  /** The package with what was changed of the instance since. */
  vnfOf(row: InstanceRow): NonNullable<PackageView["vnf"]> {
    const vnf = this.packageVnf(row);
    return row.nsh ? changedVnf(vnf, row.nsh) : vnf;
  }

  /** By the name of the process: those that share a component's flows are several. */
  componentsOf(row: InstanceRow): Record<string, Component> {
    return Object.fromEntries(processesOf(this.vnfOf(row)).map(({ name, component }) => [name, component]));
  }

  driverOf(row: InstanceRow, component: string): PpsDriver {
    return this.driver(this.componentsOf(row)[component]?.framework ?? "");
  }

  preparedOf(row: InstanceRow, component: string): Prepared {
    const prepared = this.package(row.packageId).prepared?.[componentOf(component)];
    if (!prepared) throw new CovenError("NOT_FOUND", ["component", component]);
    return prepared;
  }

  packageFolder = (id: string) => join(this.settings.state, "packages", id);
  /** Sockets and bells of one instance: short, as socket paths have to be. */
  runFolder = (row: InstanceRow) => join(this.settings.run, "i", row.folder);
  agentSocket = (row: InstanceRow, component: string) => join(this.runFolder(row), `agent.${Object.keys(this.componentsOf(row)).indexOf(component)}`);
  /** Logs, and files that ports write to without an absolute path: kept until it is terminated. */
  keptFolder = (row: InstanceRow) => join(this.settings.state, "instances", row.folder);
  logOf = (row: InstanceRow, component: string) => join(this.keptFolder(row), `${component}.log`);
  engineLog = (row: InstanceRow) => join(this.keptFolder(row), "_engine.log");
}
