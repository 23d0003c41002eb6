/** One daemon a folder: a file that names it by pid and start time, so that a lock whose holder was killed is told from a live one. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskHandle } from "@coven/contract";
import { factsOf, isAlive } from "@coven/pps";

const attempts_max = 5;

/** Throws when another daemon holds it. The result gives it back. */
export function lockFolder(folder: string): () => void {
  const lock = join(folder, "covend.lock");
  const own = join(folder, `covend.lock.${process.pid}`);
  writeFileSync(own, JSON.stringify({ pid: process.pid, start_ticks: factsOf(process.pid)?.start_ticks }), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < attempts_max; attempt++) {
      if (linked(own, lock)) return () => rmSync(lock, { force: true });
      removeStale(lock, folder);
    }
    throw new Error(`cannot lock ${folder}: others keep trying, too`);
  } finally {
    rmSync(own, { force: true });
  }
}

/** link(2) never replaces: of two that try, one gets it. */
function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function removeStale(lock: string, folder: string): void {
  const seen = read(lock);
  const holder = parsed(seen);
  if (holder && isAlive(holder)) throw new Error(`another daemon, process ${holder.pid}, works on ${folder}`);
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  // Between the look and the rename another daemon may have taken over: then it gets its lock back.
  if (read(aside) !== seen) linked(aside, lock);
  rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function parsed(text: string | undefined): TaskHandle | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
