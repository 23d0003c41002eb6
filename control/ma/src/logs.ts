/** Component logs: one file each, bounded by cutting off, read from the end. */
import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from "node:fs";

/** A log beyond this goes to `<log>.1` and begins anew. */
export const log_max = 8 * 2 ** 20;
const read_max = 1 << 20;
export const lines_max = 10_000;

/** The last lines, at most as many as asked for, from the last MiB of the log and of what was cut off it. */
export function tailOf(file: string, lines: number): string[] {
  const wanted = Math.min(lines, lines_max);
  if (wanted <= 0) return [];
  const newest = lastLines(file, wanted);
  return newest.length < wanted ? [...lastLines(`${file}.1`, wanted - newest.length), ...newest] : newest;
}

function lastLines(file: string, count: number): string[] {
  const { text, whole } = lastBytes(file);
  const all = text.split("\n");
  if (all.at(-1) === "") all.pop();
  if (!whole) all.shift();
  return all.slice(-count);
}

function lastBytes(file: string): { text: string; whole: boolean } {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return { text: "", whole: true };
  }
  try {
    const size = fstatSync(fd).size;
    const buffer = Buffer.alloc(Math.min(size, read_max));
    const count = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    return { text: buffer.toString("utf8", 0, count), whole: size <= read_max };
  } finally {
    closeSync(fd);
  }
}

/** By copy and truncation: the component keeps its descriptor, which appends. What it writes in between is lost. */
export function capLog(file: string): void {
  try {
    if (statSync(file).size <= log_max) return;
    copyFileSync(file, `${file}.1`);
    truncateSync(file, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
