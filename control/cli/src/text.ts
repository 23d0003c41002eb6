/** Text for people: tables, sizes, colours: on a terminal, or where FORCE_COLOR says so; never where NO_COLOR does. */
import { stripVTControlCharacters } from "node:util";
import picocolors from "picocolors";

// The library's own guess also colours what goes to a file or a pipe wherever CI is set.
export const colors = picocolors.createColors(!process.env["NO_COLOR"] && (Boolean(process.env["FORCE_COLOR"]) || Boolean(process.stdout.isTTY)));

const widthOf = (cell: string) => [...stripVTControlCharacters(cell)].length;
const pad = (cell: string, width: number, right: boolean) => (right ? " ".repeat(width - widthOf(cell)) + cell : cell + " ".repeat(width - widthOf(cell)));

/** Columns two spaces apart; a heading that begins with ">" is aligned to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = headings.map((heading) => heading.startsWith(">"));
  const head = headings.map((heading) => colors.dim(heading.replace(/^>/, "")));
  const widths = head.map((cell, column) => Math.max(widthOf(cell), ...rows.map((row) => widthOf(row[column] ?? ""))));
  const line = (row: readonly string[]) => row.map((cell, column) => pad(cell, widths[column] ?? 0, right[column] ?? false)).join("  ").trimEnd();
  return [head, ...rows].map(line).join("\n");
}

/** `name  value` lines. */
export function fields(pairs: readonly (readonly [string, string | undefined])[]): string {
  const shown = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "");
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`).join("\n");
}

export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = count < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

export const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
export const percent = (value: number): string => `${value.toFixed(1)} %`;

const colour: Record<string, (text: string) => string> = {
  running: colors.green, up: colors.green, ok: colors.green, done: colors.green,
  failed: colors.red, "undo-failed": colors.red, fail: colors.red, "backing-off": colors.yellow, warn: colors.yellow, undone: colors.yellow,
};
export const state = (word: string): string => (colour[word] ?? ((text: string) => text))(word);

/** Values of counters by name, the largest first: `verdict 12, edge_full 3`. */
export function reasons(counts: Record<string, number>): string {
  const seen = Object.entries(counts).filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  return seen.map(([reason, count]) => `${reason} ${count}`).join(", ");
}
