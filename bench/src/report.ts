/** The one shape of every bench's result (spec/bench.md), and the table that people see. */
import { cpus, release, totalmem } from "node:os";

export interface Row {
  name: string;
  unit: string;
  median: number;
  min: number;
  max: number;
  rounds: number;
  /** Half width of the 95 % interval of the mean, where there are rounds enough. */
  ci95?: number;
  /** This row is somebody else's program. */
  peer?: boolean;
  /** The row that `ratio` is taken to. */
  ratioTo?: string;
  ratio?: number;
  note?: string;
}
export interface Result { bench: string; machine: string; rows: Row[] }

export const machine = (): string => `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`;

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
export function percentile(values: readonly number[], share: number): number {
  const all = sorted(values);
  return all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? Number.NaN;
}
export function median(values: readonly number[]): number {
  const all = sorted(values);
  const middle = all.length >> 1;
  return all.length % 2 ? (all[middle] ?? Number.NaN) : ((all[middle - 1] ?? Number.NaN) + (all[middle] ?? Number.NaN)) / 2;
}

/** A row from the figures of its rounds. */
export function row(name: string, unit: string, rounds: readonly number[], more: Partial<Row> = {}): Row {
  const mean = rounds.reduce((a, b) => a + b, 0) / rounds.length;
  const spread = Math.sqrt(rounds.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, rounds.length - 1));
  return {
    name, unit, median: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds), rounds: rounds.length,
    ...(rounds.length >= 10 ? { ci95: (1.96 * spread) / Math.sqrt(rounds.length) } : {}),
    ...more,
  };
}

/** Gives each row named in `pairs` its ratio: of its median to that of another row of the same run. */
export function withRatios(rows: Row[], pairs: Record<string, string>): Row[] {
  const by = new Map(rows.map((r) => [r.name, r]));
  return rows.map((r) => {
    const to = pairs[r.name];
    const other = to ? by.get(to) : undefined;
    return to && other ? { ...r, ratioTo: to, ratio: r.median / other.median } : r;
  });
}

const figure = (value: number) => (!Number.isFinite(value) ? "-" : Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3));

export function table(result: Result): string {
  const head = ["row", "median", "min", "max", "unit", "rounds", "ratio", "note"];
  const lines = result.rows.map((r) => [
    r.peer ? `${r.name} (peer)` : r.name, figure(r.median), figure(r.min), figure(r.max), r.unit, String(r.rounds),
    r.ratio === undefined ? "" : `${figure(r.ratio)} of ${r.ratioTo}`, [r.ci95 === undefined ? "" : `± ${figure(r.ci95)}`, r.note ?? ""].filter(Boolean).join("; "),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] ?? "").length)));
  const format = (line: string[]) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd();
  return [`${result.bench} on ${result.machine}`, format(head), ...lines.map(format)].join("\n");
}
