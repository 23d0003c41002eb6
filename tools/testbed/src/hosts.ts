/** Hosts on one machine: network namespaces, each held by a process of ours, joined by veth pairs.
 * A namespace lives as long as its holder: ending the holders removes every interface, whatever happened before. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { openSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { root } from "./root.ts";

/** Can this process make network namespaces, as root or by a user namespace, and does it find what makes and measures networks in them? */
export type NamespaceAccess = "root" | "user" | "none";

export function namespaceAccess(): NamespaceAccess {
  if (["ip", "ping", "nsenter"].some((program) => spawnSync(program, ["-V"], { stdio: "ignore" }).error)) return "none";
  const works = (flags: string[]) => spawnSync("unshare", [...flags, "true"], { stdio: "ignore" }).status === 0;
  if (works(["--net"])) return /^\s*0\s+0\s/.test(readFileSync("/proc/self/uid_map", "utf8")) ? "root" : "user";
  return works(["--user", "--map-root-user", "--net"]) ? "user" : "none";
}

/** True where this process runs under tools/isolate.sh: hosts and interfaces may be made here. */
export const isolated = process.env.COVEN_TESTBED === "inside";

/** Run this program again under tools/isolate.sh, and end with its status. Returns only inside, or where namespaces can't be had. */
export async function enterOwnNamespace(access: NamespaceAccess): Promise<void> {
  if (isolated || access === "none") return;
  const child = spawn(path.join(root, "tools/isolate.sh"), [process.execPath, ...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const status = await new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  process.exit(status);
}

export function run(command: string, args: string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** A host: its own network stack. */
export class Host {
  readonly name: string;
  readonly #holder: ChildProcess;

  constructor(name: string) {
    this.name = name;
    this.#holder = spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
    waitForOwnNamespace(this.pid);
    this.run("ip", ["link", "set", "lo", "up"]);
  }

  get pid(): number {
    if (this.#holder.pid === undefined) throw new Error(`host ${this.name} could not be started`);
    return this.#holder.pid;
  }

  /** The command line that runs `command` on this host. */
  command(command: string, args: string[]): [string, string[]] {
    return ["nsenter", ["--target", String(this.pid), "--net", command, ...args]];
  }

  run(command: string, args: string[]): void {
    run(...this.command(command, args));
  }

  /** Standard output of a command on this host. */
  output(command: string, args: string[]): string {
    return execFileSync(...this.command(command, args), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** A process on this host; its output goes to `log`. */
  spawn(command: string, args: string[], log: string): ChildProcess {
    const out = openSync(log, "a");
    const [program, words] = this.command(command, args);
    return spawn(program, words, { stdio: ["ignore", out, out] });
  }

  remove(): void {
    this.#holder.kill("SIGKILL");
  }
}

/** A veth pair from here (`inside`) to a host (`outside`), which gets `address` ("10.0.0.1/24") if given. Both ends up; offloads as the kernel sets them. */
export function join(host: Host, inside: string, outside: string, address?: string): void {
  run("ip", ["link", "add", inside, "type", "veth", "peer", "name", outside, "netns", String(host.pid)]);
  run("ip", ["link", "set", inside, "up"]);
  if (address) host.run("ip", ["address", "add", address, "dev", outside]);
  host.run("ip", ["link", "set", outside, "up"]);
}

/** The holder has called unshare once its namespace is not ours any more. */
function waitForOwnNamespace(pid: number): void {
  const ours = readlinkSync("/proc/self/ns/net");
  for (let tries = 0; tries < 1000; tries++) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== ours && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "sleep") return;
    } catch {
      // not there yet
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
  throw new Error("a network namespace could not be made");
}
