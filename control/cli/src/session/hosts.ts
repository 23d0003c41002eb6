/** Two hosts made of network namespaces, joined to this one by an interface each: somewhere to send from and to. All of it is gone when this process ends. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { exit, Failure } from "../exit.ts";

const inside = "COVEN_DEV_HOSTS";
const look_ms = 5;
const look_max = 1000;
const ends = [
  { name: "client", interface: "dev0", address: "10.98.0.1" },
  { name: "server", interface: "dev1", address: "10.98.0.2" },
] as const;

export interface Hosts {
  /** Interfaces here, and how people get to the hosts. */
  interfaces: readonly [string, string];
  lines: string[];
  remove(): void;
}

/** The same command in namespaces of its own, where it may make interfaces; its exit code. Nothing: it is there already. */
export async function inNamespaces(): Promise<number | undefined> {
  if (process.env[inside]) return undefined;
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const child = spawn("unshare", [...user, "--net", "--kill-child", process.execPath, ...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit", env: { ...process.env, [inside]: user.length > 0 ? "user" : "root" } });
  // Ctrl-C reaches both by itself; the one inside ends in order.
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(exit.nothing, `--hosts needs unshare and ip: ${error.message}`)));
    child.once("exit", (code) => resolve(code ?? exit.failed));
  });
}

const ip = (...words: string[]) => execFileSync("ip", words, { stdio: ["ignore", "ignore", "pipe"] });

export async function openHosts(): Promise<Hosts> {
  const holders: ChildProcess[] = [];
  const remove = () => {
    for (const holder of holders.splice(0)) holder.kill("SIGKILL");
  };
  try {
    ip("link", "set", "lo", "up");
    for (const { interface: name, address } of ends) {
      const holder = spawn("unshare", ["--net", "setpriv", "--pdeathsig", "KILL", "sleep", "infinity"], { stdio: "ignore", detached: true }); // Ctrl-C is not for it
      holders.push(holder);
      await apart(holder);
      join(holder.pid ?? 0, name, `${address}/24`);
    }
    const user = process.env[inside] === "user" ? "--preserve-credentials --user " : "";
    const lines = ends.map(({ name, address }, index) => `${name} ${address}: nsenter --target ${holders[index]?.pid} ${user}--net COMMAND`);
    return { interfaces: [ends[0].interface, ends[1].interface], lines, remove };
  } catch (error) {
    remove();
    throw new Failure(exit.nothing, `the hosts can't be made: ${(error as Error).message}; try it as root, or bind interfaces with --port`);
  }
}

/** Whole frames alone: what is larger than a frame of the pool does not go through. */
function join(pid: number, name: string, address: string): void {
  ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", String(pid));
  ip("link", "set", name, "up", "gso_max_segs", "1");
  const there = (...words: string[]) => execFileSync("nsenter", ["--target", String(pid), "--net", "ip", ...words], { stdio: ["ignore", "ignore", "pipe"] });
  there("link", "set", "lo", "up");
  there("address", "add", address, "dev", "eth0");
  there("link", "set", "eth0", "up", "gso_max_segs", "1");
}

async function apart(holder: ChildProcess): Promise<void> {
  const ours = readlinkSync("/proc/self/ns/net");
  for (let looks = 0; looks < look_max; looks++) {
    if (holder.pid === undefined || holder.exitCode !== null) break;
    if (readlinkSync(`/proc/${holder.pid}/ns/net`) !== ours) return;
    await sleep(look_ms);
  }
  throw new Error("a network namespace can't be made");
}
