/** Keeps one component running: counts its ends, starts it again with a growing pause, never two at a time. */
import type { TaskHandle } from "@coven/contract";
import { exitOf } from "./process.ts";

/** What the supervisor needs done. */
export interface Supervised {
  /** Start it again; resolves once it runs. On failure nothing of it is left. */
  restart(signal: AbortSignal): Promise<TaskHandle>;
  /** SIGKILL; resolves once it is gone. */
  kill(task: TaskHandle): Promise<void>;
  /** Called whenever the view is another. */
  changed(view: SupervisorView): void;
}

export interface SupervisorView {
  state: "running" | "backing-off" | "starting" | "down";
  task: TaskHandle | undefined;
  restarts: number;
  lastExit: string | null;
}

export interface BackOff { first_ms: number; max_ms: number; healthy_ms: number }
/** 100 ms, doubled up to 10 s; 30 s of health begin it anew. */
export const usualBackOff: BackOff = { first_ms: 100, max_ms: 10_000, healthy_ms: 30_000 };

export class Supervisor {
  readonly #target: Supervised;
  readonly #pause: BackOff;
  readonly #abort = new AbortController();
  #view: SupervisorView;
  #since = performance.now();
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();

  /** `task` runs already. */
  constructor(target: Supervised, task: TaskHandle, past: { restarts: number; lastExit: string | null } = { restarts: 0, lastExit: null }, pause = usualBackOff) {
    this.#target = target;
    this.#pause = pause;
    this.#view = { state: "running", task, ...past };
    this.#watch(task);
  }

  get view(): SupervisorView {
    return this.#view;
  }

  /** The process with this pid ended; of another than the present one this is old news. */
  exited(pid: number, how: string): void {
    if (this.#view.task?.pid !== pid || this.#abort.signal.aborted) return;
    if (performance.now() - this.#since >= this.#pause.healthy_ms) this.#failures = 0;
    this.#backOff(how);
  }

  /** It runs, but does not take what waits for it. */
  hung(): void {
    const task = this.#view.task;
    if (!task || this.#view.state !== "running") return;
    const how = "hung: packets waited and its heartbeat stood still; killed by SIGKILL";
    this.#set({ state: "starting" });
    this.#underWay = this.#target.kill(task).then(
      () => this.exited(task.pid, how),
      (error: Error) => this.#set({ state: "running", lastExit: error.message }),
    );
  }

  /** No restart begins any more, and none is under way. The process itself is left alone. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("stopped"));
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  #backOff(how: string): void {
    const pause = Math.min(this.#pause.max_ms, this.#pause.first_ms * 2 ** this.#failures++);
    this.#set({ state: "backing-off", task: undefined, lastExit: how });
    this.#timer = setTimeout(() => (this.#underWay = this.#restart()), pause);
  }

  async #restart(): Promise<void> {
    this.#set({ state: "starting", restarts: this.#view.restarts + 1 });
    try {
      const task = await this.#target.restart(this.#abort.signal);
      this.#since = performance.now();
      this.#set({ state: "running", task });
      this.#watch(task);
    } catch (error) {
      if (this.#abort.signal.aborted) this.#set({ state: "down", task: undefined });
      else this.#backOff((error as Error).message);
    }
  }

  /** A child of ours tells how it ended; of others the engine tells that they did. A hung one's end is told by who kills it. */
  #watch(task: TaskHandle): void {
    void exitOf(task)?.then((how) => this.#view.state === "running" && this.exited(task.pid, how));
  }

  #set(change: Partial<SupervisorView>): void {
    this.#view = { ...this.#view, ...change };
    this.#target.changed(this.#view);
  }
}
