/** What a process uses, read from /proc when asked: nothing runs in between. */
import { readFileSync } from "node:fs";
import type { TaskHandle, UsageView } from "@coven/contract";
import { factsOf } from "./process.ts";

/** PSS, so that shared memory counts once over all processes; RSS where the kernel does not tell. */
export function memoryOf(pid: number): number {
  return kibibytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB/m) ?? kibibytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB/m) ?? 0;
}

function kibibytes(file: string, pattern: RegExp): number | undefined {
  try {
    const found = pattern.exec(readFileSync(file, "latin1"));
    return found ? Number(found[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

const nothing: UsageView = { cpu_percent: 0, cpu_ns: 0, memory_bytes: 0 };

/** Remembers the last look at each process, to tell the share of a CPU since then; the first look tells it since the process began. */
export class UsageReader {
  readonly #last = new Map<number, { time_ns: number; cpu_ns: number; start_ticks: number }>();

  read(task: TaskHandle | undefined): UsageView {
    const facts = task && factsOf(task.pid);
    if (!task || facts?.start_ticks !== task.start_ticks) {
      if (task) this.#last.delete(task.pid);
      return nothing;
    }
    const now = uptime_ns();
    const last = this.#last.get(task.pid);
    const since = last?.start_ticks === task.start_ticks ? last : { time_ns: task.start_ticks * 1e7, cpu_ns: 0 };
    this.#last.set(task.pid, { time_ns: now, cpu_ns: facts.cpu_ns, start_ticks: task.start_ticks });
    const elapsed = Math.max(now - since.time_ns, 1e7);
    return { cpu_percent: round((100 * (facts.cpu_ns - since.cpu_ns)) / elapsed), cpu_ns: facts.cpu_ns, memory_bytes: memoryOf(task.pid) };
  }
}

export function sum(parts: readonly UsageView[]): UsageView {
  return parts.reduce(
    (all, one) => ({ cpu_percent: round(all.cpu_percent + one.cpu_percent), cpu_ns: all.cpu_ns + one.cpu_ns, memory_bytes: all.memory_bytes + one.memory_bytes }),
    nothing,
  );
}

const round = (value: number) => Math.round(value * 100) / 100;
const uptime_ns = () => Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1e9;
