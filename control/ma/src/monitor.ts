/** What an instance does and uses, asked for when somebody looks: nothing is sampled in between. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AgentView, type ComponentStatistics, CovenError, type HealthView, type LogLine, type MonitorView, type UsageView } from "@coven/contract";
import { type AgentCheck, catalogue } from "@coven/ea";
import { componentContexts } from "@coven/nshp";
import { isAlive, sum, UsageReader } from "@coven/pps";
import type { Ground } from "./ground.ts";
import type { Live } from "./live.ts";
import { capLog, tailOf } from "./logs.ts";
import { messageOf } from "./problems.ts";
import type { InstanceRow } from "./store.ts";
import { requireComponent } from "./views.ts";

const usualTail = 100;
/** How long packets may wait in front of a component whose heartbeat stands still, before it counts as ill. */
const stall_ms = 200;

type ComponentHealth = HealthView["components"][number];

export class Monitor {
  readonly #ground: Ground;
  readonly #usage = new UsageReader();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  async view(id: string): Promise<MonitorView> {
    const row = this.#ground.instance(id);
    const statistics = (await this.#ground.live.get(id)?.engine.stats().catch(() => null)) ?? null;
    return { instance: id, time: new Date().toISOString(), statistics, usage: this.usage(row) };
  }

  usage(row: InstanceRow): MonitorView["usage"] {
    const engine = this.#usage.read(row.engine);
    const names = Object.keys(this.#ground.componentsOf(row));
    const components = Object.fromEntries(names.map((name): [string, UsageView] => [name, this.#usage.read(this.#ground.store.task(row.id, name).task ?? undefined)]));
    return { engine, components, total: sum([engine, ...Object.values(components)]) };
  }

  /** Healthy: the engine answers, and of a running instance each component lives, answers, and takes what waits for it. */
  async health(id: string): Promise<HealthView> {
    const row = this.#ground.instance(id);
    const live = this.#ground.live.get(id);
    if (!live) return { healthy: false, engine: { alive: false, traffic: "off", problem: row.problem ?? `the instance is ${row.state}` }, components: this.#absent(row) };
    try {
      const statistics = await live.engine.stats();
      const names = Object.keys(this.#ground.componentsOf(row));
      const components = await Promise.all(names.map((name) => this.#component(row, live, name, statistics.components.find((seen) => seen.name === name))));
      const down = statistics.ports.filter(({ state }) => state === "down").map(({ name, reason }) => `port ${name} is down: ${reason ?? "no reason given"}`);
      const engine = { alive: true, traffic: statistics.traffic, ...(down.length > 0 && { problem: down.join("; ") }) };
      const healthy = down.length === 0 && (row.state === "stopped" || components.every(({ problem }) => problem === undefined));
      return { healthy, engine, components };
    } catch (error) {
      return { healthy: false, engine: { alive: row.engine !== undefined && isAlive(row.engine), traffic: "off", problem: messageOf(error) }, components: this.#absent(row) };
    }
  }

  #absent = (row: InstanceRow): ComponentHealth[] =>
    Object.keys(this.#ground.componentsOf(row)).map((name) => ({ name, alive: false, answers: false, state: "down", packets_in: 0, heartbeat: 0, problem: "its engine does not run" }));

  async #component(row: InstanceRow, live: Live, name: string, seen: ComponentStatistics | undefined): Promise<ComponentHealth> {
    const { task, lastExit } = this.#ground.store.task(row.id, name);
    const alive = task !== null && isAlive(task);
    const told = alive ? await live.agent(name).check().catch(messageOf) : "it does not run";
    const problem = alive ? (typeof told === "string" ? told : await this.#illness(live, told, seen)) : `it does not run${lastExit ? ` (${lastExit})` : ""}`;
    return {
      name,
      alive,
      answers: typeof told !== "string",
      state: seen?.state ?? "empty",
      packets_in: seen?.counters.packets_in ?? 0,
      heartbeat: seen?.heartbeat ?? 0,
      ...(problem !== undefined && { problem }),
    };
  }

  async #illness(live: Live, told: AgentCheck, seen: ComponentStatistics | undefined): Promise<string | undefined> {
    if (!told.alive) return "its agent says that it does not work";
    if (seen?.state !== "running") return `it is ${seen?.state ?? "not known to the engine"}${seen?.error && seen.error !== "none" ? `: ${seen.error}` : ""}`;
    if (seen.queued === 0) return undefined;
    await sleep(stall_ms);
    const now = (await live.engine.stats()).components.find((one) => one.name === seen.name);
    const stands = now && now.queued > 0 && now.heartbeat === seen.heartbeat && now.pid === seen.pid;
    return stands ? `${now.queued} packets wait for it and its heartbeat stands still` : undefined;
  }

  async agents(id: string): Promise<AgentView[]> {
    const row = this.#ground.instance(id);
    const live = this.#ground.live.get(id);
    const names = Object.keys(this.#ground.componentsOf(row));
    const contexts = componentContexts(this.#ground.vnfOf(row));
    const seen = live ? await catalogue(names.map((name) => live.agent(name))) : names.map((component): AgentView => ({ component, reachable: false, problem: `the instance is ${row.state}`, items: [] }));
    return seen.map((view) => ({ ...view, ...(contexts[view.component] && { context: contexts[view.component] }) }));
  }

  agentGet = (id: string, component: string, item: string) => this.#agent(id, component).get(item);
  agentCall = (id: string, component: string, item: string, argument: string) => this.#agent(id, component).call(item, argument);

  /** The setting is remembered, for the day that the component starts again. */
  async agentSet(id: string, component: string, item: string, value: unknown): Promise<unknown> {
    const inForce = await this.#agent(id, component).set(item, value);
    const row = this.#ground.instance(id);
    const settings = { ...row.settings, [component]: { ...row.settings[component], [item]: value } };
    this.#ground.store.instances.update(id, { settings });
    return inForce;
  }

  #agent(id: string, component: string) {
    const row = this.#ground.instance(id);
    requireComponent(this.#ground, row, component);
    const live = this.#ground.live.get(id);
    if (!live) throw new CovenError("AGENT_SILENT", [component, `the instance is ${row.state}`]);
    return live.agent(component);
  }

  logs(id: string, { component, tail = usualTail }: { component?: string; tail?: number }): LogLine[] {
    const row = this.#ground.instance(id);
    const names = Object.keys(this.#ground.componentsOf(row));
    if (component === "engine" && !names.includes("engine")) return lines(component, this.#ground.engineLog(row), tail);
    if (component !== undefined) requireComponent(this.#ground, row, component);
    return (component === undefined ? names : [component]).flatMap((name) => lines(name, this.#ground.logOf(row, name), tail));
  }

  /** Called once a minute, and by who reads. */
  capLogs(): void {
    for (const id of this.#ground.live.keys()) {
      const row = this.#ground.store.instances.get(id);
      if (!row) continue;
      for (const name of Object.keys(this.#ground.componentsOf(row))) capLog(this.#ground.logOf(row, name));
      capLog(this.#ground.engineLog(row));
    }
  }
}

function lines(component: string, file: string, tail: number): LogLine[] {
  capLog(file);
  return tailOf(file, tail).map((text) => ({ component, text }));
}
