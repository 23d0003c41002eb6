/** One instance whose engine runs: its engine, its components' processes, and who watches them. */
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { CovenError, type EngineEvent, type Plan, type TaskHandle } from "@coven/contract";
import { Agent } from "@coven/ea";
import { exitOf, isAlive, Supervisor, type SupervisorView } from "@coven/pps";
import { removeTask } from "./cleanup.ts";
import type { Engine, Place } from "./engine.ts";
import type { Ground } from "./ground.ts";
import { tailOf } from "./logs.ts";
import { type InstanceRow, taskId } from "./store.ts";

const logLines = 10;
/** For what has not left by the engine's order, which it had the whole time of grace to follow. */
const term_ms = 1_000;
const vacant_ms = 2_000;

export class Live {
  readonly engine: Engine;
  readonly id: string;
  readonly supervisors = new Map<string, Supervisor>();
  readonly #ground: Ground;

  constructor(ground: Ground, id: string, engine: Engine) {
    this.#ground = ground;
    this.id = id;
    this.engine = engine;
    engine.onEvent = (event) => this.#take(event);
  }

  get #row(): InstanceRow {
    return this.#ground.instance(this.id);
  }
  get #plan(): Plan {
    const { plan } = this.#row;
    if (!plan) throw new CovenError("INTERNAL", [`instance ${this.id} has no plan`]);
    return plan;
  }
  #placeOf(component: string): Place {
    const { slots, shards } = this.#plan;
    const slot = slots[component];
    if (slot === undefined) throw new CovenError("NOT_FOUND", ["component", component]);
    return { shard: shards?.[component] ?? 0, slot };
  }
  agent(component: string, timeout_ms?: number): Agent {
    return new Agent(component, this.#ground.agentSocket(this.#row, component), timeout_ms);
  }

  /** Start its process, which the engine watches from then on. */
  async launch(component: string): Promise<TaskHandle> {
    const row = this.#row;
    const place = this.#placeOf(component);
    const { channel, bells } = await this.engine.hello(place.shard);
    if (!channel) throw new CovenError("ENGINE_FAILED", ["offer a channel", "none was made"]);
    const agent = this.#ground.agentSocket(row, component);
    await rm(agent, { force: true });
    const task = await this.#ground.driverOf(row, component).start(this.#ground.preparedOf(row, component), {
      segment: channel.path,
      slot: place.slot,
      bells,
      agent,
      name: component,
      outputs: this.#plan.outputs[component] ?? ["out"],
      context: this.#plan.contexts?.[component],
      failures: this.#ground.keptFolder(row),
      log: this.#ground.logOf(row, component),
    });
    this.#ground.store.putTask(this.id, component, { task });
    await this.engine.supervise(place, task.pid).catch((error) => this.#orEnded(component, task, error));
    return task;
  }

  /** A process that is gone already cannot be watched: then its own end is the news. */
  async #orEnded(component: string, task: TaskHandle, error: unknown): Promise<never> {
    throw isAlive(task) ? error : await this.#ended(component, task);
  }

  /** Until the component's loop runs. */
  async awaitRunning(component: string, task: TaskHandle, signal?: AbortSignal): Promise<void> {
    const { attach_ms } = this.#ground.settings;
    const until = performance.now() + attach_ms;
    for (let pause = 5; ; pause = Math.min(100, pause * 1.5)) {
      const { components } = await this.engine.stats();
      const found = components.find(({ name }) => name === component);
      if (found?.state === "running" && found.pid === task.pid) return;
      if (!isAlive(task)) throw await this.#ended(component, task);
      if (performance.now() > until) throw new CovenError("COMPONENT_SILENT", [component, attach_ms / 1000, this.#lastWords(component)]);
      signal?.throwIfAborted();
      await sleep(pause);
    }
  }

  async #ended(component: string, task: TaskHandle): Promise<CovenError> {
    const how = await Promise.race([exitOf(task), sleep(1000).then(() => undefined)]);
    return new CovenError("COMPONENT_EXITED", [component, how ?? "ended", this.#lastWords(component)]);
  }

  #lastWords(component: string): string {
    return tailOf(this.#ground.logOf(this.#row, component), logLines).join("\n") || "it wrote nothing";
  }

  /** Those of the package, then those that were changed since; an agent may open its socket a little after it attached. */
  async applySettings(component: string): Promise<void> {
    const row = this.#row;
    const settings = { ...this.#ground.componentsOf(row)[component]?.settings, ...row.settings[component] };
    const agent = this.agent(component, this.#ground.settings.attach_ms);
    for (const [name, value] of Object.entries(settings)) {
      await agent.set(name, value).catch((error) => {
        throw new CovenError("SETTING_REFUSED", [component, `${name} = ${JSON.stringify(value)}`, error.message]);
      });
    }
  }

  /** From now on it is started again whenever it ends. */
  supervise(component: string, task: TaskHandle): void {
    const { store, settings } = this.#ground;
    const past = store.task(this.id, component);
    const target = {
      restart: (signal: AbortSignal) => this.#restart(component, signal),
      kill: (hung: TaskHandle) => this.#ground.driverOf(this.#row, component).stop(hung, 0),
      changed: (view: SupervisorView) => this.#record(component, view),
    };
    this.supervisors.set(component, new Supervisor(target, task, { restarts: past.restarts, lastExit: past.lastExit }, settings.backOff));
  }

  async #restart(component: string, signal: AbortSignal): Promise<TaskHandle> {
    try {
      const task = await this.launch(component);
      await this.awaitRunning(component, task, signal);
      await this.applySettings(component);
      return task;
    } catch (error) {
      // To the engine this is a crash like any other.
      await this.remove(component);
      throw error;
    }
  }

  #record(component: string, { task, restarts, lastExit, state }: SupervisorView): void {
    // While it is being started `launch` has written the process down already.
    const known = state === "starting" ? {} : { task: task ?? null };
    if (this.#ground.store.tasks.get(taskId(this.id, component))) this.#ground.store.putTask(this.id, component, { ...known, restarts, lastExit });
  }

  async unsupervise(): Promise<void> {
    await Promise.all([...this.supervisors.values()].map((supervisor) => supervisor.stop()));
    this.supervisors.clear();
  }

  /** Let it hand on what it holds and leave, then end it. */
  async leave(component: string, grace_ms: number): Promise<void> {
    const { task } = this.#ground.store.task(this.id, component);
    // The order to leave would stand in the slot for the next one, if nobody were there to follow it.
    if (task && isAlive(task)) await this.engine.release(this.#placeOf(component), grace_ms).catch(() => {});
    await this.remove(component, Math.min(grace_ms, term_ms));
  }

  /** End its process. The slot is free for another once the engine has seen that. */
  async remove(component: string, grace_ms = 0): Promise<void> {
    const { task } = this.#ground.store.task(this.id, component);
    await removeTask(this.#ground, this.#row, component, grace_ms);
    const until = performance.now() + vacant_ms;
    while (task && performance.now() < until) {
      const statistics = await this.engine.stats().catch(() => undefined);
      if (statistics?.components.find(({ name }) => name === component)?.pid !== task.pid) return;
      await sleep(10);
    }
  }

  #take(event: EngineEvent): void {
    if (!("slot" in event)) return;
    const here = ({ shard, slot }: Place) => slot === event.slot && shard === (event.shard ?? 0);
    const supervisor = [...this.supervisors].find(([component]) => here(this.#placeOf(component)))?.[1];
    if (event.event === "component-hung") supervisor?.hung();
    // Of our own children the system tells more: how they ended.
    const task = supervisor?.view.task;
    if (event.event === "component-exited" && task?.pid === event.pid && !exitOf(task)) supervisor?.exited(event.pid, "ended; how is not known, as an earlier daemon had started it");
  }
}
