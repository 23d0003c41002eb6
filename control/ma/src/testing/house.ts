/** A management agent in folders of its own, for tests, and packages to give it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { OperationView } from "@coven/contract";
import { platformPaths } from "@coven/pps";
import yazl from "yazl";
import { type ClosableManagement, createManagement } from "../daemon.ts";
import type { ManagementOptions } from "../options.ts";
import { processesOf } from "../cleanup.ts";

export const engineDouble = fileURLToPath(new URL("engine-double.mjs", import.meta.url));

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), "ma-"));
  readonly runFolder = join(this.folder, "r");
  readonly stateFolder = join(this.folder, "s");
  ma!: ClosableManagement;

  async open(options: ManagementOptions = {}): Promise<ClosableManagement> {
    const { runFolder, stateFolder } = this;
    const paths = { ...platformPaths(), engine: engineDouble };
    this.ma = await createManagement({ runFolder, stateFolder, paths, attach_ms: 20_000, ...options });
    return this.ma;
  }

  /** Another daemon takes over. */
  async reopen(options?: ManagementOptions): Promise<ClosableManagement> {
    await this.ma.close();
    return this.open(options);
  }

  async onboard(files: Record<string, string>): Promise<string> {
    const { id } = await this.ma.createPackage({});
    await this.ma.uploadPackage(id, Readable.from([await zipOf(files)]));
    const done = await settled(() => this.ma.package(id), ({ state }) => state !== "PROCESSING");
    if (done.state !== "ONBOARDED") throw new Error(done.problem?.detail);
    return id;
  }

  async create(files: Record<string, string>, name = "vnf"): Promise<string> {
    return (await this.ma.createInstance({ packageId: await this.onboard(files), name })).id;
  }

  /** The operation, once it is over. */
  async over(begun: Promise<OperationView>): Promise<OperationView> {
    const { id } = await begun;
    return settled(() => this.ma.operation(id), ({ state }) => ["COMPLETED", "FAILED", "ROLLED_BACK"].includes(state));
  }

  /** Everything ends, also what a failed test left. */
  async remove(): Promise<void> {
    await this.ma?.close();
    mkdirSync(join(this.runFolder, "i"), { recursive: true });
    for (const name of readdirSync(join(this.runFolder, "i"))) {
      for (const { pid } of processesOf(join(this.runFolder, "i", name))) process.kill(pid, "SIGKILL");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function settled<T>(ask: () => Promise<T> | T, good: (value: T) => boolean, timeout_ms = 60_000): Promise<T> {
  for (const end = performance.now() + timeout_ms; ; await sleep(10)) {
    const value = await ask();
    if (good(value)) return value;
    if (performance.now() > end) throw new Error(`still ${JSON.stringify(value)}`);
  }
}

export async function zipOf(files: Record<string, string>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  return buffer(zip.outputStream as unknown as Readable);
}

/** Mock components in a row, `a -> b -> …`; each wish is the mock.json of its component. */
export function mockPackage(wishes: Record<string, object>, more: { port?: string; settings?: Record<string, object> } = {}): Record<string, string> {
  const names = Object.keys(wishes);
  const settings = (name: string) => (more.settings?.[name] ? `, settings: ${JSON.stringify(more.settings[name])}` : "");
  const port = more.port ?? "{ backend: loopback }";
  const lines = [
    "vnf: mocks",
    "version: 1.0.0",
    `connectionPoints: { lan: { port: ${port} }, wan: { port: { backend: loopback } } }`,
    ...(names.length > 0 ? ["components:", ...names.map((name) => `  ${name}: { framework: mock${settings(name)} }`)] : []),
    `paths: { up: ${["lan", ...names, "wan"].join(" -> ")} }`,
    "",
  ];
  const sources = names.map((name) => [`${name}/mock.json`, JSON.stringify(wishes[name])]);
  return { "vnf.yaml": lines.join("\n"), ...Object.fromEntries(sources) };
}
