/** The management agent, put together. */
import { CovenError, type DaemonView, type Management } from "@coven/contract";
import { Ground } from "./ground.ts";
import { Lifecycle } from "./lifecycle.ts";
import { lockFolder } from "./lock.ts";
import { metrics } from "./metrics.ts";
import { Monitor } from "./monitor.ts";
import { Nsh } from "./nsh.ts";
import { type ManagementOptions, privateFolder, settingsFrom } from "./options.ts";
import { Packages } from "./packages.ts";
import { messageOf } from "./problems.ts";
import { recover } from "./recover.ts";

const capLogs_ms = 60_000;
const fingerprint_ms = 30_000;

/** `close` leaves engines and components running: the next daemon takes them up. */
export type ClosableManagement = Management & { close(): Promise<void> };

export async function createManagement(options: ManagementOptions = {}): Promise<ClosableManagement> {
  const settings = settingsFrom(options);
  const unlock = lockAll([settings.state, settings.run]);
  try {
    const ground = new Ground(settings);
    const daemon = new Daemon(ground, unlock);
    await daemon.recover();
    return daemon;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** All of them or none. */
function lockAll(folders: string[]): () => void {
  const held: (() => void)[] = [];
  const unlock = () => held.forEach((give) => void give());
  try {
    for (const folder of folders) held.push(lockFolder(privateFolder(folder)));
  } catch (error) {
    unlock();
    throw error;
  }
  return unlock;
}

class Daemon implements ClosableManagement {
  readonly #ground: Ground;
  readonly #packages: Packages;
  readonly #lifecycle: Lifecycle;
  readonly #monitor: Monitor;
  readonly #nsh: Nsh;
  readonly #started = new Date().toISOString();
  readonly #unlock: () => void;
  readonly #minute: NodeJS.Timeout;
  #frameworks: { at: number; told: Promise<DaemonView["frameworks"]> } | undefined;
  #closed: Promise<void> | undefined;

  constructor(ground: Ground, unlock: () => void) {
    this.#ground = ground;
    this.#packages = new Packages(ground);
    this.#lifecycle = new Lifecycle(ground);
    this.#monitor = new Monitor(ground);
    this.#nsh = new Nsh(ground, this.#lifecycle.isBusy);
    this.#unlock = unlock;
    this.#minute = setInterval(() => this.#monitor.capLogs(), capLogs_ms).unref();
  }

  async recover(): Promise<void> {
    await this.#packages.recover();
    await recover(this.#ground, this.#lifecycle);
    for (const id of this.#ground.live.keys()) await this.#nsh.settle(id).catch((error) => this.#ground.settings.log(`instance ${id}: its NSH: ${messageOf(error)}`));
  }

  async daemon(): Promise<DaemonView> {
    const { version, run } = this.#ground.settings;
    return { version, pid: process.pid, folder: run, started: this.#started, frameworks: await this.#fingerprints() };
  }

  /** Asked of the drivers at most twice a minute: it takes a start of each interpreter. */
  #fingerprints(): Promise<DaemonView["frameworks"]> {
    if (!this.#frameworks || performance.now() - this.#frameworks.at > fingerprint_ms) {
      const told = Promise.all(Object.values(this.#ground.drivers).map(async (driver) => ({ name: driver.name, ...(await driver.fingerprint()) })));
      this.#frameworks = { at: performance.now(), told };
    }
    return this.#frameworks.told;
  }

  createPackage = async (userData: Record<string, unknown>) => this.#packages.create(userData);
  uploadPackage: Management["uploadPackage"] = (id, content) => this.#packages.upload(id, content);
  packages = async () => this.#packages.all();
  package = async (id: string) => this.#packages.view(this.#ground.package(id));
  packageContent = (id: string) => this.#packages.content(id);
  packageDescriptor = (id: string) => this.#packages.descriptor(id);
  deletePackage = (id: string) => this.#packages.delete(id);

  createInstance: Management["createInstance"] = async (request) => this.#lifecycle.create(request);
  instances = async () => this.#ground.store.instances.all().map(this.#lifecycle.view);
  instance = async (id: string) => this.#lifecycle.view(this.#ground.instance(id));
  deleteInstance = async (id: string) => this.#lifecycle.delete(id);
  instantiate: Management["instantiate"] = async (id, request) => this.#lifecycle.instantiate(id, request);
  operate: Management["operate"] = async (id, target, graceful_ms) => this.#lifecycle.operate(id, target, graceful_ms);
  terminate: Management["terminate"] = async (id, graceful_ms) => this.#lifecycle.terminate(id, graceful_ms);
  operations = async () => this.#ground.store.operations.all();
  operation = async (id: string) => {
    const found = this.#ground.store.operations.get(id);
    if (!found) throw new CovenError("NOT_FOUND", ["operation", id]);
    return found;
  };

  monitor = (id: string) => this.#monitor.view(id);
  health = (id: string) => this.#monitor.health(id);
  agents = (id: string) => this.#monitor.agents(id);
  agentGet: Management["agentGet"] = async (...asked) => this.#monitor.agentGet(...asked);
  agentSet: Management["agentSet"] = (...asked) => this.#monitor.agentSet(...asked);
  agentCall: Management["agentCall"] = async (...asked) => this.#monitor.agentCall(...asked);
  logs: Management["logs"] = async (id, options) => this.#monitor.logs(id, options);
  nsh = (id: string, flows: number) => this.#nsh.view(id, flows);
  nshConfiguration = async (id: string) => this.#nsh.configuration(id);
  nshConfigure: Management["nshConfigure"] = async (...asked) => this.#nsh.configure(...asked);
  nshSet: Management["nshSet"] = async (...asked) => this.#nsh.set(...asked);
  metrics = () => metrics(this.#ground, this.#monitor);

  close = () => (this.#closed ??= this.#close());
  async #close(): Promise<void> {
    clearInterval(this.#minute);
    await Promise.all([this.#lifecycle.close(), this.#packages.close()]);
    for (const live of this.#ground.live.values()) {
      live.engine.close();
      await live.unsupervise();
    }
    this.#ground.store.close();
    this.#unlock();
  }
}
