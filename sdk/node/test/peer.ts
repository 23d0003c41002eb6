import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const addon = here("../build/coven.node");
export const peer = here("../../c/build/peer");
const bundles = mkdtempSync(join(tmpdir(), "coven-node-test-"));
afterAll(() => rmSync(bundles, { recursive: true }));

/** What the stand-in data plane prints (sdk/c/test/peer/report.c), and what the component wrote. */
export interface Outcome {
  balanced: boolean;
  sent: number;
  created: number;
  returned: Record<string, number>;
  dropped: Record<string, number>;
  context_changed: number;
  corrupted: number;
  exit: number;
  hung: boolean;
  counters: Record<string, number>;
  agent: { name?: string; value?: unknown; result?: unknown; items?: { name: string }[]; error?: { reason: string; text: string } }[];
  stderr: string;
}

/** One file, as the platform's driver makes it: the component and the SDK. */
export function bundle(source: string): string {
  for (const built of [addon, peer]) if (!existsSync(built)) throw new Error(`${built} is not built: make -C sdk/c && make -C sdk/node`);
  const outfile = join(bundles, `${basename(source)}.mjs`);
  buildSync({ entryPoints: [here(source)], outfile, bundle: true, platform: "node", format: "esm", target: "node20", sourcemap: "linked", logLevel: "error" });
  return outfile;
}

/** Run a component, TypeScript or JavaScript, under the peer. */
export async function underPeer(source: string, ...options: string[]): Promise<Outcome> {
  const { stdout, stderr } = await ran(peer, [...options, "--", process.execPath, "--enable-source-maps", bundle(source)]);
  if (!stdout) throw new Error(`the peer printed nothing: ${stderr}`);
  return { ...JSON.parse(stdout), stderr };
}

export function ran(file: string, args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, COVEN_NODE_ADDON: addon };
    const child = execFile(file, args, { env, maxBuffer: 1 << 24, timeout: 100_000 }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
