/** CPU time of processes. */
import { readdirSync, readFileSync } from "node:fs";

const tick_ns = 1e7; // USER_HZ is 100 wherever Linux runs

/** Nanoseconds that a process's threads have run: by the scheduler's own account, or, where the kernel keeps none, in ticks. */
export function cpu_ns(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]), 0);
  } catch {
    const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ").slice(11, 13).map(Number);
    return (user + system) * tick_ns;
  }
}

export const cpuOfAll_ns = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpu_ns(pid), 0);
