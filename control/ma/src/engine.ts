/** The engine of one instance: started so that it outlives the daemon, spoken to over its control socket. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Action, CovenError, type EngineEvent, type EngineStatistics, type Plan, type TaskHandle } from "@coven/contract";
import { end, exitOf, isAlive, launch } from "@coven/pps";
import { tailOf } from "./logs.ts";
import type { ContextCall } from "./nsh-plan.ts";
import type { Contexts } from "./nsh-view.ts";
import { Connection, RpcError } from "./rpc.ts";

/** Of one of its threads: where components find the channel and the bells. */
export interface Hello { version: string; pid: number; threads: number; channel: { path: string; major: number; minor: number } | null; bells: string; state: string; traffic: "on" | "off" }

const connect_ms = 10_000;
const answer_ms = 5_000;
/** Making the packet pool and opening ports may take longer. */
const apply_ms = 30_000;

/** What an operator may tell an engine by the daemon's environment: where plugins lie, and where the linker finds libraries of his own. */
const told = ["COVEN_PLUGINS", "LD_LIBRARY_PATH"];
const environment = () => Object.fromEntries(told.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** Which of its threads, and where there. */
export interface Place { shard: number; slot: number }

const threadWords = ({ threads = 1, pinned }: Plan): string[] => (threads === 1 ? [] : ["--threads", String(threads), ...(pinned ? ["--pinned"] : [])]);
const cpuWords = ({ cpu }: Plan): string[] => (cpu === undefined ? [] : ["--cpu", String(cpu)]);

export const startEngine = (program: string, folder: string, log: string, plan: Plan): Promise<TaskHandle> =>
  launch({ command: [program, "--folder", folder, ...threadWords(plan), ...cpuWords(plan)], cwd: "/", env: environment(), log, leads: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CovenError("ENGINE_FAILED", ["start", error.code === "ENOENT" ? `there is no ${program}` : error.message]);
  });

export class Engine {
  readonly task: TaskHandle;
  readonly #socket: string;
  readonly #log: string;
  #connection: Connection | undefined;
  #ended = false;
  onEvent: (event: EngineEvent) => void = () => {};
  /** The engine is gone, or does not answer any more; told once, and not after `close`. */
  onGone: (why: string) => void = () => {};

  constructor(folder: string, task: TaskHandle, log: string) {
    this.task = task;
    this.#socket = join(folder, "engine.sock");
    this.#log = log;
  }

  /** Waits until it listens, and subscribes to its events. */
  async connect(timeout_ms = connect_ms): Promise<Hello> {
    const until = performance.now() + timeout_ms;
    for (let pause = 1; ; pause = Math.min(100, pause * 1.5)) {
      const opened = await Connection.open(this.#socket, (event) => this.onEvent(event as EngineEvent)).catch((error: Error) => error);
      if (opened instanceof Connection) return this.#greet(opened);
      if (!isAlive(this.task)) throw new CovenError("ENGINE_FAILED", ["start", await this.#lastWords()]);
      if (performance.now() > until) throw new CovenError("ENGINE_FAILED", ["listen", `${opened.message}: ${await this.#lastWords()}`]);
      await sleep(pause);
    }
  }

  async #greet(connection: Connection): Promise<Hello> {
    this.#connection = connection;
    void connection.closed.then((why) => this.#lost(connection, why));
    const hello = await this.hello();
    await this.#ask("tell its events", "subscribe");
    return hello;
  }

  /** A lost connection is no lost engine: packets flow on. Only when it cannot be had again is it gone. */
  async #lost(connection: Connection, why: string): Promise<void> {
    if (this.#ended || this.#connection !== connection) return;
    this.#connection = undefined;
    const lost = isAlive(this.task) ? await this.connect().then(() => undefined, (error: Error) => error.message) : why;
    if (lost === undefined || this.#ended) return;
    this.#ended = true;
    this.onGone(await this.#lastWords());
  }

  async #lastWords(): Promise<string> {
    const how = await Promise.race([exitOf(this.task), sleep(200).then(() => undefined)]);
    const state = isAlive(this.task) ? "it does not answer" : (how ?? "it ended");
    const words = tailOf(this.#log, 5).join("; ");
    return words ? `${state}: ${words}` : state;
  }

  async #call<T>(method: string, params: object = {}, timeout_ms = answer_ms): Promise<T> {
    if (!this.#connection) throw new RpcError("it is not connected", { reason: "closed" });
    return (await this.#connection.call(method, params, timeout_ms)) as T;
  }

  /** What was asked stands in the sentence; the engine's own reason is the detail. */
  #ask<T>(verb: string, method: string, params: object = {}, timeout_ms = answer_ms): Promise<T> {
    return this.#call<T>(method, params, timeout_ms).catch((error: RpcError) => {
      throw new CovenError("ENGINE_FAILED", [verb, error.message], error.reason);
    });
  }

  hello = (shard = 0) => this.#ask<Hello>("answer", "hello", { shard });
  stats = () => this.#ask<EngineStatistics>("tell its statistics", "stats");
  trafficOn = () => this.#ask("start the traffic", "start");
  trafficOff = () => this.#ask("stop the traffic", "stop");
  supervise = (place: Place, pid: number) => this.#ask(`watch process ${pid}`, "supervise", { ...place, pid });
  release = (place: Place, timeout_ms: number) => this.#ask<{ state: string }>(`release slot ${place.slot}`, "release", { ...place, timeout_ms }, timeout_ms + answer_ms);
  drain = (timeout_ms: number) => this.#ask<{ in_flight: number }>("drain", "drain", { timeout_ms }, timeout_ms + answer_ms);

  nshShow = (flows: number) => this.#ask<Contexts>("tell its contexts", "nsh-show", { flows });
  nshSet = (call: ContextCall) => this.#ask("set a context", "nsh-set", call);
  /** While nothing is in flight: ports wait so long for that. */
  applyQuietly = (verb: string, actions: readonly Action[], quiet_ms: number) => this.#ask(verb, "apply", { actions, quiet_ms }, quiet_ms + apply_ms);

  async apply(verb: string, actions: readonly Action[]): Promise<void> {
    if (actions.length === 0) return;
    await this.#call("apply", { actions }, apply_ms).catch((error: RpcError) => {
      throw memoryShort(error, actions) ?? new CovenError("ENGINE_FAILED", [verb, error.message], error.reason);
    });
  }

  /** By its own order, else by signal. */
  async shutdown(): Promise<void> {
    this.#ended = true;
    await this.#call("shutdown").catch(() => {});
    this.#connection?.end();
    await end(this.task, 2_000);
  }

  /** Leaves it running. */
  close(): void {
    this.#ended = true;
    this.#connection?.end();
  }
}

function memoryShort(error: RpcError, actions: readonly Action[]): CovenError | undefined {
  const pool = actions.find((action) => action.do === "create-channel");
  if (!pool || !/memory/.test(error.reason)) return undefined;
  return new CovenError("MEMORY_SHORT", [Math.ceil((pool.frames * pool.frame_size) / 2 ** 20), error.message]);
}
