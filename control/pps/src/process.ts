/** Processes that outlive the daemon: started in sessions or process groups of their own, found again by pid and start time. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskHandle } from "@coven/contract";

/** From /proc/<pid>/stat, see proc(5). USER_HZ is 100 on every architecture that Linux gives us. */
export interface ProcessFacts { state: string; session: number; cpu_ns: number; start_ticks: number }
const tick_ns = 10_000_000;

export function factsOf(pid: number): ProcessFacts | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The name, in brackets, may hold anything; the fields are counted from behind it: the first is number 3.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (field: number) => Number(fields[field - 3]);
  return { state: fields[0] ?? "?", session: number(6), cpu_ns: (number(14) + number(15)) * tick_ns, start_ticks: number(22) };
}

/** Is it this very process, and not one that ended (a zombie) or got its number later? */
export function isAlive(task: TaskHandle): boolean {
  const facts = factsOf(task.pid);
  return facts !== undefined && facts.start_ticks === task.start_ticks && !"ZX".includes(facts.state);
}

export interface Launch {
  command: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** File that takes standard output and error, appended. */
  log: string;
  /** Opened read-write and handed on as descriptor 3. */
  segment?: string;
  /** The program makes a process group of its own by itself, as the engine and the SDKs over libcoven do. Then it stays in our session:
   * where the kernel groups tasks by session (autogroup) `sched_yield` hands the CPU on within one alone, and neighbours are to do that. */
  leads?: boolean;
}

/** Children see these of our environment and nothing else: the daemon's may hold tokens. */
const passedOn = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/** Start it in a session of its own, or, if it `leads`, in a process group of its own; no pipe and no controlling terminal ties it to us. Throws the system's error, such as ENOENT. */
export async function launch(order: Launch): Promise<TaskHandle> {
  const files = [openSync(order.log, "a", 0o600)];
  try {
    if (order.segment !== undefined) files.push(openSync(order.segment, "r+"));
    const [log, segment] = files as [number, number?];
    return await spawned(order, ["ignore", log, log, ...(segment === undefined ? [] : [segment])]);
  } finally {
    files.forEach(closeSync);
  }
}

async function spawned(order: Launch, stdio: ("ignore" | number)[]): Promise<TaskHandle> {
  const ours = Object.fromEntries(passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  const [program, ...words] = order.command as [string, ...string[]];
  const child = spawn(program, words, { cwd: order.cwd, env: { ...ours, ...order.env }, detached: !order.leads, stdio });
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => {});
  // It cannot have been reaped yet: that takes a turn of the event loop.
  const facts = child.pid === undefined ? undefined : factsOf(child.pid);
  if (child.pid === undefined || facts === undefined) return failed;
  const task = { pid: child.pid, start_ticks: facts.start_ticks };
  remember(task, new Promise((resolve) => child.once("exit", (code, signal) => resolve(exitText(code, signal)))));
  child.unref();
  return task;
}

export function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit ${code}` : `killed by ${signal}`;
}

/** How our own children ended. Those that an earlier daemon started cannot be asked. */
const exits = new Map<string, Promise<string>>();
const exits_max = 1024;
const keyOf = (task: TaskHandle) => `${task.pid}:${task.start_ticks}`;

function remember(task: TaskHandle, exit: Promise<string>): void {
  const oldest = exits.keys().next().value;
  if (exits.size >= exits_max && oldest !== undefined) exits.delete(oldest);
  exits.set(keyOf(task), exit);
}

/** Resolves when our child ends, with "exit 3" or "killed by SIGSEGV"; `undefined` when it is no child of ours. */
export function exitOf(task: TaskHandle): Promise<string> | undefined {
  return exits.get(keyOf(task));
}

/** True once it is gone, false when the time is over. */
export async function gone(task: TaskHandle, timeout_ms: number): Promise<boolean> {
  const until = performance.now() + timeout_ms;
  for (let pause = 2; isAlive(task); pause = Math.min(50, pause * 2)) {
    if (performance.now() >= until) return false;
    await sleep(pause);
  }
  return true;
}

/** SIGTERM, after `grace_ms` SIGKILL, to it and to whatever it left in its process group. Resolves once it is gone. */
export async function end(task: TaskHandle, grace_ms: number): Promise<void> {
  if (!isAlive(task)) return;
  if (grace_ms > 0) signal(task.pid, "SIGTERM");
  if (grace_ms > 0 && (await gone(task, grace_ms))) return signal(-task.pid, "SIGKILL");
  signal(-task.pid, "SIGKILL");
  signal(task.pid, "SIGKILL");
  // Only a process in an uninterruptible sleep survives this; it ends when the kernel lets go of it.
  if (!(await gone(task, 10_000))) throw new Error(`process ${task.pid} does not end, not even by SIGKILL: it waits in the kernel`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
