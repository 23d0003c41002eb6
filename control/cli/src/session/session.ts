/** A VNF in this process's own hands: the TypeScript engine here, its components beside it, until its captures are through. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type AgentItem, CovenError, type EngineStatistics, type Plan, type TaskHandle, type Vnf } from "@coven/contract";
import { Agent } from "@coven/ea";
import { Engine } from "@coven/engine";
import { exitOf, gone, isAlive, type PlatformPaths } from "@coven/pps";
import type { Built } from "./build.ts";
import { Log } from "./log.ts";
import { Watch } from "./watch.ts";

export interface Order {
  vnf: Vnf;
  plan: Plan;
  built: Record<string, Built>;
  /** For what the run needs; private, and short enough for the path of a socket. */
  folder: string;
  paths: PlatformPaths;
  context: Uint8Array;
  signal: AbortSignal;
  /** A line that a component wrote. */
  show(line: string, component: string): void;
}

export interface Outcome {
  statistics: EngineStatistics;
  /** What each component's agent showed at the end. */
  items: Record<string, AgentItem[]>;
  /** Components that ended by themselves, and how. */
  ended: Record<string, string>;
}

const attach_ms = 20_000;
const leave_ms = 3_000;
const look_ms = 5;

interface Running { task: TaskHandle; slot: number; agent: Agent; log: Log }

export class Session {
  readonly #order: Order;
  readonly #engine: Engine;
  readonly #running = new Map<string, Running>();
  readonly #ended: Record<string, string> = {};
  #starts = 0;

  constructor(order: Order) {
    this.#order = order;
    this.#engine = new Engine({ folder: order.folder, addon: join(order.paths.sdkNode, "build/coven.node"), context: order.context }, order.plan.actions);
  }

  /** Up, with packets moving, until it is closed. */
  async begin(): Promise<void> {
    for (const name of Object.keys(this.#order.plan.slots)) await this.#start(name);
    for (const name of this.#running.keys()) await this.#ready(name);
    this.#engine.start();
  }

  /** What there is now; logs are shown up to here. */
  async look(): Promise<Outcome> {
    for (const { log } of this.#running.values()) log.read();
    return { statistics: this.#engine.stats(), items: await this.#items(), ended: { ...this.#ended } };
  }

  /** New code for a component: packets wait in their ports meanwhile. If it does not come up the code before goes on, and this throws. */
  async swap(name: string, built: Built): Promise<void> {
    const before = this.#order.built[name]!;
    this.#engine.stop();
    try {
      await this.#take(name);
      await this.#put(name, built).catch(async (problem: unknown) => {
        await this.#take(name);
        await this.#put(name, before);
        throw problem;
      });
    } finally {
      this.#engine.start();
    }
  }

  /** Has the component hand on what it holds and leave; one that does not is ended. */
  async #take(name: string): Promise<void> {
    const { task, slot, log } = this.#running.get(name)!;
    this.#running.delete(name);
    for (const end = performance.now() + leave_ms; !this.#engine.idle && isAlive(task) && performance.now() < end; ) await sleep(look_ms);
    this.#engine.release(slot);
    await gone(task, leave_ms);
    const left = this.#stateOf(slot) === "leaving";
    await this.#order.built[name]!.driver.stop(task, 0);
    log.end();
    if (!left) this.#engine.exited(slot);
    this.#engine.renew(slot);
    delete this.#ended[name];
  }

  async #put(name: string, built: Built): Promise<void> {
    this.#order.built[name] = built;
    await this.#start(name);
    await this.#ready(name);
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** To the end of the captures; throws where a component does not come up, hangs, or the signal comes. */
  async run(): Promise<Outcome> {
    try {
      await this.begin();
      await this.#through();
      const items = await this.#items();
      await this.#leave();
      return { statistics: this.#engine.stats(), items, ended: this.#ended };
    } finally {
      await this.#close();
    }
  }

  async #start(name: string): Promise<void> {
    const { plan, built, folder, show } = this.#order;
    const { driver, prepared, paths } = built[name]!;
    const slot = plan.slots[name]!;
    const place = join(folder, `${slot}.${this.#starts++}`);
    mkdirSync(place);
    const [agent, file] = [join(place, "agent"), join(place, "log")];
    const log = new Log(file, paths, (line) => show(line, name));
    const task = await driver.start(prepared, { segment: this.#engine.channel, slot, bells: folder, agent, name, outputs: plan.outputs[name] ?? [], context: plan.contexts?.[name], log: file });
    this.#running.set(name, { task, slot, log, agent: new Agent(name, agent, attach_ms) });
  }

  /** Attached, and with the package's settings. */
  async #ready(name: string): Promise<void> {
    const { task, slot, agent, log } = this.#running.get(name)!;
    const until = performance.now() + attach_ms;
    while (this.#stateOf(slot) !== "running") {
      log.read();
      if (!isAlive(task)) throw new CovenError("COMPONENT_EXITED", [name, (await exitOf(task)) ?? "ended", lastWords(log)]);
      if (performance.now() > until) throw new CovenError("COMPONENT_SILENT", [name, attach_ms / 1000, lastWords(log)]);
      await this.#pause();
    }
    void exitOf(task)?.then((how) => this.#over(name, task, how));
    for (const [setting, value] of Object.entries(this.#order.vnf.components?.[name]?.settings ?? {})) {
      await agent.set(setting, value).catch((error: Error) => {
        throw new CovenError("SETTING_REFUSED", [name, `${setting} = ${JSON.stringify(value)}`, error.message]);
      });
    }
  }

  #stateOf = (slot: number) => this.#engine.stats().components.find((one) => one.slot === slot)?.state;

  #over(name: string, task: TaskHandle, how: string): void {
    const found = this.#running.get(name);
    if (found?.task !== task) return;
    if (this.#stateOf(found.slot) !== "leaving") this.#ended[name] = how;
    this.#engine.exited(found.slot);
  }

  async #through(): Promise<void> {
    const watch = new Watch();
    while (!this.#engine.done) {
      await this.#pause();
      for (const { log } of this.#running.values()) log.read();
      watch.look(this.#engine.stats());
    }
  }

  async #pause(): Promise<void> {
    await sleep(look_ms);
    if (this.#order.signal.aborted) throw new CovenError("INTERRUPTED", ["the run was stopped"]);
  }

  async #items(): Promise<Record<string, AgentItem[]>> {
    const items: Record<string, AgentItem[]> = {};
    for (const [name, { agent, task }] of this.#running) items[name] = isAlive(task) && !this.#ended[name] ? await agent.list().catch(() => []) : [];
    return items;
  }

  /** Their counters are complete once they have left. */
  async #leave(): Promise<void> {
    for (const { slot } of this.#running.values()) this.#engine.release(slot);
    await Promise.all([...this.#running.values()].map(({ task }) => gone(task, leave_ms)));
  }

  async #close(): Promise<void> {
    const { built } = this.#order;
    const running = [...this.#running];
    this.#running.clear();
    for (const [name, { task }] of running) await built[name]!.driver.stop(task, 0);
    for (const [, { log }] of running) log.end();
    await this.#engine.close();
  }
}

/** The line that names the error; all of them have been shown. */
const lastWords = (log: Log): string => {
  log.end();
  return (log.lines.find((line) => /^\w*(Error|Exception)\b/.test(line)) ?? log.lines.at(-1) ?? "it wrote nothing").trim();
};
