/** The host that plans are made for. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Host } from "./placement.ts";

/** The numbers in a list of the kernel's: `0-2,5`. */
export const cpusIn = (list: string): number[] =>
  list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

/** The CPUs that a process may use (its affinity within its cgroup's), by default this one. */
export function cpusOfProcess(pid: number | "self" = "self"): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return list === undefined ? [] : cpusIn(list);
}

export const thisHost = (): Host => ({ cpus: availableParallelism(), allowed: cpusOfProcess() });
