/** What the processes of a VNF and its platform hold: memory, file descriptors, segments of shared memory. It may move, but not grow. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Platform } from "@coven/testbed";
import { type Row, row } from "./report.ts";

interface Sample { at_s: number; kib: number; fds: number; memfds: number }

/** KiB that a process may hold more at the end than at the beginning, floor against floor: what a runtime's heap settles by. */
const settles_kib = { engine: 1024, covend: 32 * 1024, component: 4 * 1024 } as const;
/** Connections that are just open. */
const passing_fds = 8;

function sampleOf(pid: number, at_s: number): Sample | undefined {
  try {
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN);
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => target(`/proc/${pid}/fd/${fd}`));
    return { at_s, kib, fds: open.length, memfds: open.filter((one) => one.startsWith("/memfd:")).length };
  } catch {
    return undefined; // it was killed meanwhile
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}

/** KiB a minute: the line of least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (one: Sample) => number) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [at, kib] = [mean((one) => one.at_s), mean((one) => one.kib)];
  const spread = samples.reduce((sum, one) => sum + (one.at_s - at) ** 2, 0);
  return spread === 0 ? 0 : (samples.reduce((sum, one) => sum + (one.at_s - at) * (one.kib - kib), 0) / spread) * 60;
}

const lowest = (samples: readonly Sample[], of: (one: Sample) => number) => Math.min(...samples.map(of));

export class Footprint {
  readonly #platform: Platform;
  readonly #instance: string;
  readonly #samples = new Map<string, Sample[]>();

  constructor(platform: Platform, instance: string) {
    this.#platform = platform;
    this.#instance = instance;
  }

  async look(at_s: number): Promise<void> {
    const [{ enginePid }, { components }] = await Promise.all([this.#platform.instance(this.#instance), this.#platform.statistics(this.#instance)]);
    const named: [string, number | null | undefined][] = [["covend", this.#platform.daemonPid], ["engine", enginePid], ...components.map(({ name, pid }): [string, number] => [name, pid])];
    for (const [name, pid] of named) {
      const sample = pid ? sampleOf(pid, at_s) : undefined;
      if (!sample) continue;
      this.#samples.set(name, [...(this.#samples.get(name) ?? []), sample]);
    }
  }

  /** A row for each process; throws if one has grown. The first fifth is its start-up. */
  rows(): Row[] {
    return [...this.#samples].map(([name, all]) => {
      const samples = all.slice(Math.floor(all.length / 5));
      const third = Math.ceil(samples.length / 3);
      const [first, last] = [samples.slice(0, third), samples.slice(-third)];
      const grown = (of: (one: Sample) => number) => lowest(last, of) - lowest(first, of);
      const may = settles_kib[name as "engine"] ?? settles_kib.component;
      if (grown((one) => one.kib) > may) throw new Error(`${name} has grown by ${grown((one) => one.kib)} KiB`);
      if (grown((one) => one.fds) > passing_fds || grown((one) => one.memfds) > 0) throw new Error(`${name} holds more and more file descriptors: ${JSON.stringify(samples.at(-1))}`);
      const { fds, memfds } = samples.at(-1) ?? { fds: 0, memfds: 0 };
      const note = `slope ${slope(samples).toFixed(1)} KiB a minute; ${fds} file descriptors at the end, ${memfds} of them memory`;
      return row(`rss-${name}`, "MiB", samples.map((one) => one.kib / 1024), { note });
    });
  }
}
