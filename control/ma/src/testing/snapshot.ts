/** What a host holds of ours: taken before and after, so that a test sees whatever was left behind. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export type Snapshot = Record<string, string[]>;

export interface Scope {
  runFolder: string;
  stateFolder: string;
  /** Rows by table; operations are history, and left out. */
  rows: () => Record<string, unknown[]>;
}

export function snapshot({ runFolder, stateFolder, rows }: Scope): Snapshot {
  const { operations: _, ...tables } = rows();
  const ours = processes([runFolder, stateFolder]);
  return {
    processes: ours.map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`),
    links: links(),
    namespaces: namespaces(ours),
    cgroups: cgroups(),
    mounts: mounts(),
    sharedMemory: existsSync("/dev/shm") ? readdirSync("/dev/shm").filter((name) => name.includes("coven")) : [],
    runtime: tree(runFolder),
    state: tree(stateFolder).filter((path) => !path.includes("coven.db")),
    rows: Object.entries(tables).flatMap(([table, all]) => all.map((row) => `${table} ${JSON.stringify(row)}`)),
  };
}

/** What is there of one and not of the other, as `+processes 123 …` and `-…`; nothing when they are the same. */
export function diff(before: Snapshot, after: Snapshot): string[] {
  const missing = (one: string[] = [], other: string[] = []) => one.filter((line) => !other.includes(line));
  return Object.keys(before).flatMap((part) => [
    ...missing(after[part], before[part]).map((line) => `+${part} ${line}`),
    ...missing(before[part], after[part]).map((line) => `-${part} ${line}`),
  ]);
}

/** Those that carry something below these folders in command line or environment, other than this one. */
function processes(folders: string[]): string[] {
  const marks = folders.map((folder) => `${folder}/`);
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.filter((pid) => ["cmdline", "environ"].some((file) => marks.some((mark) => read(`/proc/${pid}/${file}`).includes(mark))));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** With the XDP programs attached to them. */
function links(): string[] {
  const listed = execFileSync("ip", ["-j", "link"], { encoding: "utf8" });
  return (JSON.parse(listed) as { ifname: string; xdp?: unknown }[]).map(({ ifname, xdp }) => `${ifname} ${JSON.stringify(xdp ?? null)}`);
}

/** Other than our own, of our processes: what other people's processes use is not ours. */
function namespaces(pids: string[]): string[] {
  const of = (pid: string) => ["net", "mnt", "ipc", "pid", "user"].map((kind) => link(`/proc/${pid}/ns/${kind}`));
  const own = of("self");
  return pids.flatMap(of).filter((name) => name !== "" && !own.includes(name));
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** Named network namespaces are mounts as well: ours have no name. */
function mounts(): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.map((line) => line.split(" ").slice(3, 5).join(" ")).filter((line) => !line.includes("netns")).sort();
}

function cgroups(): string[] {
  return tree("/sys/fs/cgroup", 3).filter((path) => path.includes("coven"));
}

function tree(folder: string, depth = 8): string[] {
  if (depth === 0 || !existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [`${path}/`, ...tree(path, depth - 1)] : [path];
  }).sort();
}
