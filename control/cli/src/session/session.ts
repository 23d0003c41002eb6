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

  constructor(order: Order) {
    this.#order = order;
    this.#engine = new Engine({ folder: order.folder, addon: join(order.paths.sdkNode, "build/coven.node"), context: order.context }, order.plan.actions);
  }

  /** To the end of the captures; throws where a component does not come up, hangs, or the signal comes. */
  async run(): Promise<Outcome> {
    try {
      for (const name of Object.keys(this.#order.plan.slots)) await this.#start(name);
      for (const name of this.#running.keys()) await this.#ready(name);
      this.#engine.start();
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
    mkdirSync(join(folder, String(slot)));
    const [agent, file] = [join(folder, String(slot), "agent"), join(folder, String(slot), "log")];
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
    void exitOf(task)?.then((how) => this.#over(name, how));
    for (const [setting, value] of Object.entries(this.#order.vnf.components?.[name]?.settings ?? {})) {
      await agent.set(setting, value).catch((error: Error) => {
        throw new CovenError("SETTING_REFUSED", [name, `${setting} = ${JSON.stringify(value)}`, error.message]);
      });
    }
  }

  #stateOf = (slot: number) => this.#engine.stats().components.find((one) => one.slot === slot)?.state;

  #over(name: string, how: string): void {
    const found = this.#running.get(name);
    if (!found) return;
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
