/** Bundles the programs into dist/: coven.js and covend.js, and the demonstration and benchmarks where they exist. `npx tsx control/bundle.ts [folder]` */
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const programs: Record<string, string> = { coven: "control/cli/src/coven.ts", covend: "control/api/src/covend.ts", demo: "examples/l7-firewall/demo/main.ts", bench: "bench/src/main.ts" };

/** These carry files of their own (a .wasm, a native program) and are loaded from node_modules. */
const external = ["node-sqlite3-wasm", "esbuild"];

/** CommonJS dependencies inside an ES module call `require`. */
const banner = 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

export async function bundle(folder: string): Promise<string[]> {
  const found = Object.entries(programs).filter(([, source]) => existsSync(join(root, source)));
  rmSync(join(folder, "chunks"), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(found),
    outdir: folder,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external,
    banner: { js: banner },
    logLevel: "warning",
  });
  return found.map(([name]) => join(folder, `${name}.js`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const file of await bundle(resolve(process.argv[2] ?? join(root, "dist")))) console.log(file);
