/** The program as people run it: bundled, a process each time, with folders of its own and the double of the engine. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Ended { code: number | null; stdout: string; stderr: string }

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), "cli-"));
  /** Inside the repository, so that what is not bundled is found. */
  readonly dist = join(root, "build", `cli-${process.pid}`);
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: this.folder,
    RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), ".rustup"), // else rustup looks for compilers below HOME
    COVEN_RUN: join(this.folder, "r"),
    COVEN_STATE: join(this.folder, "s"),
    COVEN_ENGINE: join(root, "control/ma/src/testing/engine-double.mjs"),
  };

  build(): void {
    execFileSync(process.execPath, ["--import", "tsx", "control/bundle.ts", this.dist], { cwd: root });
  }

  begin(args: string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [join(this.dist, "coven.js"), ...args], { env: { ...this.env, ...env }, cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text) => (said.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text) => (said.stderr += text));
    const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...said })));
    return { child, ended };
  }

  coven(...args: string[]): Promise<Ended> {
    return this.begin(args).ended;
  }

  async json(...args: string[]) {
    const { stdout, stderr } = await this.coven(...args, "--json");
    try {
      return JSON.parse(stdout);
    } catch {
      throw new Error(`coven ${args.join(" ")}: no JSON: ${stdout}${stderr}`);
    }
  }

  /** `up` on the unix socket alone: tests share the machine. */
  async up(): Promise<void> {
    const { code, stderr } = await this.coven("up", "--listen", "off");
    if (code !== 0) throw new Error(stderr);
  }

  write(folder: string, files: Record<string, string>): string {
    const path = join(this.folder, folder);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
    return path;
  }

  /** What a failed test left running has our folder among its arguments or as its working folder. */
  async remove(): Promise<void> {
    await this.coven("down", "--all");
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      if (belongs(pid, this.folder)) process.kill(Number(pid), "SIGKILL");
    }
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.dist, { recursive: true, force: true });
  }
}

function belongs(pid: string, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    return false;
  }
}

/** Waits for a file's text; the wait is long, so that it ends only where something is wrong. */
export async function until(holds: () => boolean, wait_ms = 30_000): Promise<void> {
  for (const end = Date.now() + wait_ms; !holds(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error("it did not come true");
  }
}

/** A VNF of mock components in a row, as a package's files. */
export function mocks(wishes: Record<string, object>, port = "{ backend: loopback }"): Record<string, string> {
  const names = Object.keys(wishes);
  const components = names.map((name) => `  ${name}: { framework: mock, settings: { level: 3 } }`);
  const lines = ["vnf: mocks", "version: 1.0.0", "connectionPoints:", `  lan: { port: ${port} }`, "  wan: { port: { backend: loopback } }", "components:", ...components, "paths:", `  up: ${["lan", ...names, "wan"].join(" -> ")}`, ""];
  return { "vnf.yaml": lines.join("\n"), ...Object.fromEntries(names.map((name) => [`${name}/mock.json`, JSON.stringify(wishes[name])])) };
}
