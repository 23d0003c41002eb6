/** What the tests of bad input, rollback and survival share: packages as text, the host before and after, `coven` as people run it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { diff, type Snapshot, snapshot } from "@coven/ma/testing/snapshot";
import { pause, type Platform, Refused, root, zipOf } from "@coven/testbed";
import { expect } from "vitest";

export type Files = Record<string, string | Buffer>;
export const packageOf = (files: Files): Buffer => zipOf(Object.entries(files));

/** A VNF `lan -> a -> wan` with one component, `a`; both connection points are looped back until they are bound to something else. */
export function oneComponent(component: string, sources: Files = {}): Files {
  const points = "{ lan: { port: { backend: loopback } }, wan: { port: { backend: loopback } } }";
  const descriptor = `vnf: one\nversion: 1.0.0\nconnectionPoints: ${points}\ncomponents:\n  a: { ${component} }\npaths: { up: lan -> a -> wan, down: wan -> a -> lan }\n`;
  return { "vnf.yaml": descriptor, ...Object.fromEntries(Object.entries(sources).map(([name, text]) => [`a/${name}`, text])) };
}

/** A frame of 64 bytes with UDP of one of 250 flows, and `number` as its first two bytes of payload; back to front on the way down. */
export function ofFlow(flow: number, number: number, down: boolean): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write("020000000002020000000001080045000032000000004011", 0, "hex");
  const [here, there] = [[10, 0, 0, flow], [10, 1, 0, 1]];
  bytes.set(down ? [...there, ...here] : [...here, ...there], 26);
  const ports = [1000 + flow, 53];
  for (const [index, port] of (down ? ports.reverse() : ports).entries()) bytes.writeUInt16BE(port, 34 + 2 * index);
  bytes.writeUInt16BE(number, 44);
  return bytes;
}

/** Components that hand everything on, with one setting, `level`. */
export const forward = {
  c: { "main.c": '#include <coven/nf.h>\nCOVEN_SETTING(level, 0, "", "a setting");\nstatic coven_verdict pass(coven_packet *packet, void *state) { (void)packet; (void)state; return COVEN_FORWARD; }\nint main(void) { return coven_run(pass, NULL); }\n' },
  python: { "main.py": 'from coven import Verdict, run, setting\nlevel = setting("level", 0, "", "a setting")\n@run\ndef forward(packet):\n    return Verdict.FORWARD\n' },
  typescript: { "main.ts": 'import { run, setting, Verdict } from "@coven/sdk";\nsetting("level", 0, "", "a setting");\nrun(() => Verdict.forward);\n' },
} as const;

/** Packages and instances stand for the database's rows: the daemon has it open. */
export async function look(platform: Platform): Promise<Snapshot> {
  const [packages, instances] = await Promise.all(["/vnfpkgm/v2/vnf_packages", "/coven/v1/instances"].map((path) => platform.call("GET", path)));
  const { runFolder, stateFolder } = platform;
  return snapshot({ runFolder, stateFolder, rows: () => ({ packages: packages as unknown[], instances: instances as unknown[] }) });
}

/** What is different from before, but for what is meant to stay; a process may take a moment to be gone. */
export async function left(platform: Platform, before: Snapshot, stays = /^$/): Promise<string[]> {
  for (const end = Date.now() + 10_000; ; await pause(20)) {
    const differences = diff(before, await look(platform)).filter((line) => !stays.test(line));
    if (differences.length === 0 || Date.now() > end) return differences;
  }
}

/** What was refused says this, and leaves nothing. */
export async function refusal(platform: Platform, attempt: () => Promise<unknown>, before?: Snapshot): Promise<Refused> {
  const start = before ?? (await look(platform));
  const refused = await attempt().then((done) => new Error(`it was not refused: ${JSON.stringify(done)}`), (problem: unknown) => problem);
  if (!(refused instanceof Refused)) throw refused;
  expect(await left(platform, start)).toEqual([]);
  return refused;
}

export async function until(holds: () => Promise<boolean> | boolean, what: string, limit_ms = 30_000): Promise<void> {
  for (const end = Date.now() + limit_ms; !(await holds()); await pause(20)) {
    if (Date.now() > end) throw new Error(`within ${limit_ms / 1000} s it did not come true that ${what}`);
  }
}

export interface Ended { code: number | null; stdout: string; stderr: string }

/** `coven ARGS` beside this platform's daemon. `said` is called with what it has said on standard error so far. */
export function coven(platform: Platform, args: string[], said: (text: string, child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const child = spawn(join(root, "bin/coven"), args, { cwd: platform.folder, env: platform.environment, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
    said(output.stderr, child);
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...output })));
}
