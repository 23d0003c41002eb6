/** What this host can do. Each probe answers with what it found and, where something is missing, what to do about it; none changes anything. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { release } from "node:os";
import { dirname, join } from "node:path";
import type { PlatformPaths } from "@coven/pps/paths";

export type Level = "ok" | "warn" | "fail";
export interface Finding { what: string; state: Level; found: string; advice?: string }

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

const finding = (what: string, good: boolean, otherwise: Level, found: string, advice: string): Finding => (good ? { what, state: "ok", found } : { what, state: otherwise, found, advice });

/** First line of a program's version, or undefined where there is no such program. */
function versionOf(program: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args.length > 0 ? args : ["--version"], { encoding: "utf8", timeout: 5000 });
  return status === 0 ? stdout.trim().split("\n")[0] : undefined;
}

const atLeast = (version: string, wanted: readonly number[]): boolean => {
  const parts = (/\d+(\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);
  for (const [index, part] of wanted.entries()) if ((parts[index] ?? 0) !== part) return (parts[index] ?? 0) > part;
  return true;
};

export function kernel(): Finding {
  return finding("kernel", process.platform === "linux" && atLeast(release(), [5, 10]), "fail", `${process.platform} ${release()}`, "Linux 5.10 or newer is needed (memfd seals, pidfd)");
}

export function userNamespaces(): Finding {
  const max = Number(read("/proc/sys/user/max_user_namespaces") ?? 0);
  const debian = read("/proc/sys/kernel/unprivileged_userns_clone")?.trim();
  const apparmor = read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")?.trim();
  const good = max > 0 && debian !== "0" && apparmor !== "1";
  const why = max === 0 ? "user.max_user_namespaces is 0" : debian === "0" ? "kernel.unprivileged_userns_clone is 0" : apparmor === "1" ? "AppArmor restricts them" : `up to ${max}`;
  return finding("user namespaces", good, "warn", why, "without them the demonstration and network tests need root: raise the sysctl that is named");
}

const CAP_NET_RAW = 13n;

/** Effective capabilities of this process; an engine with file capabilities may have more. */
export function netRaw(engine: string): Finding {
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(read("/proc/self/status") ?? "")?.[1] ?? "0"}`);
  const good = ((effective >> CAP_NET_RAW) & 1n) === 1n;
  return finding("CAP_NET_RAW (af_packet)", good, "warn", good ? "yes" : "no", `ports of the backend af_packet can't be opened by this user: sudo setcap cap_net_raw+ep ${engine}, or run as root; pcap and loopback work without`);
}

export function memlock(): Finding {
  const limit = /^Max locked memory\s+(\S+)/m.exec(read("/proc/self/limits") ?? "")?.[1] ?? "0";
  const mebibytes = limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit) / 2 ** 20;
  return finding("locked memory", mebibytes >= 8, "warn", limit === "unlimited" ? limit : `${mebibytes.toFixed(0)} MiB`, "the kernel's packet rings may not fit: raise ulimit -l to 65536 or more");
}

export function cgroup(): Finding {
  const found = existsSync("/sys/fs/cgroup/cgroup.controllers") ? "version 2" : existsSync("/sys/fs/cgroup/memory") ? "version 1" : "none";
  return finding("cgroup", found !== "none", "warn", found, "no cgroup file system is mounted: use of resources is read from /proc alone");
}

export function node(): Finding {
  return finding("node", atLeast(process.versions.node, [20, 19]), "fail", `${process.versions.node} (${process.execPath})`, "Node 20.19 or newer is needed: set COVEN_NODE to one");
}

interface Tool { what: string; programs: string[]; wanted?: number[]; for: string }
const tools: readonly Tool[] = [
  { what: "python", programs: ["python3"], wanted: [3, 9], for: "components in Python: install python3, 3.9 or newer" },
  { what: "C compiler", programs: ["cc", "gcc", "clang"], for: "components in C from source: install gcc or clang" },
  { what: "rust", programs: ["cargo"], wanted: [1, 85], for: "building the engine: install Rust 1.85 or newer (an engine that is built needs none)" },
];

export function toolchains(): Finding[] {
  return tools.map(({ what, programs, wanted, for: purpose }) => {
    const found = programs.map((program) => versionOf(program)).find((version) => version !== undefined);
    return finding(what, found !== undefined && atLeast(/\d+\.\d+(\.\d+)*/.exec(found)?.[0] ?? "0", wanted ?? []), "warn", found ?? "not found", `needed for ${purpose}`);
  });
}

/** The nearest folder above that exists must let us make the rest. */
export function writable(what: string, folder: string): Finding {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    accessSync(at, constants.W_OK | constants.X_OK);
    const ours = at !== folder || statSync(at).uid === process.getuid?.();
    return finding(what, ours, "fail", ours ? folder : `${folder} belongs to user ${statSync(at).uid}`, "choose another with --folder or COVEN_RUN");
  } catch {
    return finding(what, false, "fail", `${at} can't be written`, "choose another with --folder or COVEN_RUN, or run as its owner");
  }
}

/** From here on `placement.cpu: together` is worth a try: one turn on the same CPU costs less than a wake-up on another. */
const dear = 4;

/** What a wake-up costs on the same CPU and on another, measured by the engine. */
export function wakeups(engine: string): Finding[] {
  const { status, stdout } = spawnSync(engine, ["--measure-wakeups"], { encoding: "utf8", timeout: 5000 });
  if (status !== 0) return [];
  const { same_ns, other_ns } = JSON.parse(stdout) as { same_ns: number; other_ns: number | null };
  const us = (ns: number) => `${(ns / 1000).toFixed(1)} µs`;
  if (other_ns === null) return [{ what: "wake-ups", state: "ok", found: `${us(same_ns)}; there is one CPU` }];
  const meaning = other_ns >= dear * same_ns ? "chains that mostly sleep are faster with placement.cpu: together" : "leave placement.cpu as it is";
  return [{ what: "wake-ups", state: "ok", found: `${us(same_ns)} on the same CPU, ${us(other_ns)} on another: ${meaning}` }];
}

const isFilled = (file: string) => existsSync(file) && (!statSync(file).isDirectory() || readdirSync(file).length > 0);

/** What `make build` makes; without the engine nothing runs, without an SDK its language does not. */
export function builtParts({ engine, sdkC, sdkNode, sdkPython }: PlatformPaths): Finding[] {
  const parts: [string, Level, string][] = [
    ["engine", "fail", engine],
    ["SDK for C", "warn", join(sdkC, "build/libcoven.a")],
    ["SDK for Node", "warn", join(sdkNode, "build/coven.node")],
    ["SDK for Python", "warn", join(sdkPython, "coven")],
  ];
  return parts.map(([what, otherwise, file]) => finding(what, isFilled(file), otherwise, isFilled(file) ? file : "not built", `there is no ${file}: make build`));
}
