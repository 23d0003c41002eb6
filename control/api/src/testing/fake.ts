/** A `Management` in memory, for tests of what stands on it. It knows no network functions, but states and errors as the contract has them. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type ContextValues, CovenError, type InstanceState, type InstanceView, type Management, type NshChange, type NshConfiguration, type NshFlow, type NshSet, type OperationKind, type OperationView, type PackageView, type Vnf } from "@coven/contract";
import { agentItems, monitorOf, nshOf } from "./views.ts";

export const vnf: Vnf = {
  vnf: "wire",
  version: "1.0.0",
  connectionPoints: { lan: {}, wan: {} },
  components: { analyzer: { framework: "mock" } },
  paths: { up: "lan -> analyzer -> wan" },
};
export const descriptor = "vnf: wire\nversion: 1.0.0\n";
export const now = "2025-01-01T00:00:00.000Z";

const allowed: Record<string, readonly InstanceState[]> = {
  instantiate: ["not-instantiated"],
  start: ["stopped", "failed"],
  stop: ["running"],
  terminate: ["stopped", "running", "failed"],
  delete: ["not-instantiated"],
};

const found = <T>(map: Map<string, T>, what: string, id: string): T => {
  const value = map.get(id);
  if (value === undefined) throw new CovenError("NOT_FOUND", [what, id]);
  return value;
};

export class FakeManagement implements Management {
  readonly #packages = new Map<string, { view: PackageView; content?: Buffer }>();
  readonly #instances = new Map<string, InstanceView>();
  readonly #operations = new Map<string, OperationView>();
  settings: Record<string, unknown> = { udp: false };
  sets: NshSet[] = [];
  configuration: NshConfiguration = { revision: 0, roles: { lan: "none", wan: "none" }, classify: [], forward: [] };

  async daemon() {
    return { version: "0.1.0", pid: process.pid, folder: "/run/coven", started: now, frameworks: [{ name: "mock", usable: true, version: "1", reason: null }] };
  }

  async createPackage(userData: Record<string, unknown>) {
    const view: PackageView = { id: randomUUID(), state: "CREATED", inUse: false, created: now, userData };
    this.#packages.set(view.id, { view });
    return view;
  }
  async uploadPackage(id: string, content: Readable) {
    const entry = found(this.#packages, "package", id);
    if (entry.view.state !== "CREATED") throw new CovenError("PACKAGE_STATE", [id, entry.view.state]);
    entry.content = await buffer(content);
    if (entry.content.subarray(0, 2).toString() !== "PK") throw new CovenError("PACKAGE_NOT_ZIP", ["the upload"]);
    Object.assign(entry.view, { state: "ONBOARDED", vnf, checksum: "00" });
  }
  async packages() {
    return [...this.#packages.values()].map(({ view }) => view);
  }
  async package(id: string) {
    return found(this.#packages, "package", id).view;
  }
  async packageContent(id: string) {
    const { content, view } = found(this.#packages, "package", id);
    if (!content) throw new CovenError("PACKAGE_STATE", [id, view.state]);
    return Readable.from([content]);
  }
  async packageDescriptor(id: string) {
    found(this.#packages, "package", id);
    return descriptor;
  }
  async deletePackage(id: string) {
    const user = [...this.#instances.values()].find(({ packageId }) => packageId === id);
    if (user) throw new CovenError("PACKAGE_IN_USE", [id, user.name]);
    found(this.#packages, "package", id);
    this.#packages.delete(id);
  }

  async createInstance(request: { packageId: string; name: string; description?: string; metadata?: Record<string, unknown> }) {
    const { view } = found(this.#packages, "package", request.packageId);
    if (view.state !== "ONBOARDED") throw new CovenError("PACKAGE_STATE", [view.id, view.state]);
    const taken = [...this.#instances.values()].find(({ name }) => name === request.name);
    if (taken) throw new CovenError("NAME_TAKEN", [request.name, taken.id]);
    const components = [{ name: "analyzer", framework: "mock", state: "down" as const, pid: null, restarts: 0, lastExit: null }];
    const instance: InstanceView = {
      id: randomUUID(), name: request.name, description: request.description ?? "", packageId: view.id, vnf, state: "not-instantiated", operation: null,
      created: now, folder: "/run/coven/x", ports: {}, enginePid: null, components, metadata: request.metadata ?? {},
    };
    this.#instances.set(instance.id, instance);
    view.inUse = true;
    return instance;
  }
  async instances() {
    return [...this.#instances.values()];
  }
  async instance(id: string) {
    return found(this.#instances, "instance", id);
  }
  async deleteInstance(id: string) {
    this.#allow(id, "delete");
    this.#instances.delete(id);
  }

  async instantiate(id: string, request: Parameters<Management["instantiate"]>[1]) {
    const instance = this.#allow(id, "instantiate");
    instance.ports = request.ports ?? {};
    return this.#operation(id, "INSTANTIATE", request.start ? "running" : "stopped", { ...request });
  }
  async operate(id: string, target: "STARTED" | "STOPPED", graceful_ms?: number) {
    this.#allow(id, target === "STARTED" ? "start" : "stop");
    return this.#operation(id, "OPERATE", target === "STARTED" ? "running" : "stopped", { target, graceful_ms });
  }
  async terminate(id: string, graceful_ms?: number) {
    this.#allow(id, "terminate");
    return this.#operation(id, "TERMINATE", "not-instantiated", { graceful_ms });
  }
  async operations() {
    return [...this.#operations.values()];
  }
  async operation(id: string) {
    return found(this.#operations, "operation", id);
  }

  async monitor(id: string) {
    return monitorOf(await this.instance(id));
  }
  async health(id: string) {
    const running = (await this.instance(id)).state === "running";
    const component = { name: "analyzer", alive: running, answers: running, state: running ? "running" : "down", packets_in: 3, heartbeat: 9 };
    return { healthy: running, engine: { alive: running, traffic: running ? ("on" as const) : ("off" as const) }, components: [component] };
  }
  async agents(id: string) {
    await this.instance(id);
    return [{ component: "analyzer", reachable: true, items: agentItems(this.settings), context: [{ field: "tenant", bits: 32 }, { field: "rest", bits: 96 }] }];
  }
  async agentGet(id: string, component: string, item: string) {
    return (await this.#item(id, component, item)).value;
  }
  async agentSet(id: string, component: string, item: string, value: unknown) {
    if ((await this.#item(id, component, item)).kind !== "setting") throw new CovenError("AGENT_REFUSED", [component, `${item} is no setting`]);
    this.settings[item] = value;
    return value;
  }
  async agentCall(id: string, component: string, item: string, argument: string) {
    await this.#item(id, component, item);
    return { echo: argument };
  }
  async logs(id: string, options: { component?: string; tail?: number }) {
    await this.instance(id);
    return ["one", "two", "three"].slice(-(options.tail ?? 3)).map((text) => ({ component: options.component ?? "analyzer", text }));
  }
  async nsh(id: string, flows: number) {
    await this.instance(id);
    return nshOf(this.sets, flows);
  }
  async nshConfiguration(id: string) {
    await this.instance(id);
    return this.configuration;
  }
  async nshConfigure(id: string, { revision, quiet_ms: _, ...change }: NshChange) {
    const instance = await this.instance(id);
    if (revision !== undefined && revision !== this.configuration.revision) throw new CovenError("NSH_BUSY", [instance.name, "it was changed meanwhile"]);
    this.configuration = { ...this.configuration, ...change, revision: this.configuration.revision + 1 };
    return this.configuration;
  }
  async nshSet(id: string, path: string, fields: ContextValues, flow?: NshFlow) {
    await this.instance(id);
    this.sets = Object.keys(fields).length === 0 ? [] : [{ path, ...(flow && { flow }), fields }];
    return this.sets;
  }
  async metrics() {
    return "# TYPE coven_instances gauge\ncoven_instances 0\n";
  }

  #allow(id: string, action: string): InstanceView {
    const instance = found(this.#instances, "instance", id);
    if (!allowed[action]?.includes(instance.state)) throw new CovenError("ACTION_NOT_ALLOWED", [action, instance.state]);
    return instance;
  }
  #operation(instanceId: string, kind: OperationKind, state: InstanceState, parameters: Record<string, unknown>): OperationView {
    const steps: OperationView["steps"] = [{ name: "start the engine", state: "done", ms: 12 }];
    const view: OperationView = { id: randomUUID(), instanceId, kind, state: "COMPLETED", started: now, stateEntered: now, parameters, steps };
    this.#operations.set(view.id, view);
    found(this.#instances, "instance", instanceId).state = state;
    return view;
  }
  async #item(id: string, component: string, name: string) {
    const item = (await this.agents(id)).find((agent) => agent.component === component)?.items.find((each) => each.name === name);
    if (!item) throw new CovenError("NOT_FOUND", ["item", `${component}/${name}`]);
    return item;
  }
}

