/** `covend.pid`: one daemon a folder. It holds the pid and the process's start time, so that a pid used again by another program is no daemon. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Unusable } from "./folder.ts";

/** Field 22 of /proc/PID/stat, in clock ticks; `undefined`: there is no such process, or it is a zombie. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

/** The pid in the lock, if its process lives. */
export function holderOf(folder: string): number | undefined {
  const [pid = "", start] = (read(join(folder, "covend.pid")) ?? "").trim().split(" ");
  return start !== undefined && startOf(Number(pid)) === start ? Number(pid) : undefined;
}

/** Takes the lock or throws; the file appears whole, by a link. A stale one is moved away, which only one of two can do. */
export function lock(folder: string): () => void {
  const file = join(folder, "covend.pid");
  const own = `${file}.${process.pid}`;
  const content = `${process.pid} ${startOf(process.pid)}\n`;
  writeFileSync(own, content, { mode: 0o600 });
  try {
    if (!tryLink(own, file)) takeOver(folder, own, file);
  } finally {
    rmSync(own, { force: true });
  }
  if (read(file) !== content) throw taken(folder);
  return () => read(file) === content && rmSync(file, { force: true });
}

function takeOver(folder: string, own: string, file: string): void {
  if (holderOf(folder) !== undefined) throw taken(folder);
  const stale = `${own}.stale`;
  try {
    renameSync(file, stale);
  } catch {
    // another one was faster; the link below tells
  }
  rmSync(stale, { force: true });
  if (!tryLink(own, file)) throw taken(folder);
}

function tryLink(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

const taken = (folder: string) => new Unusable(`a daemon (pid ${holderOf(folder) ?? "unknown"}) runs already in ${folder}`);
