/** Bundles the programs into control/dist: coven.js and covend.js. `npx tsx control/bundle.ts [folder]` */
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const programs: Record<string, string> = { coven: "control/cli/src/coven.ts", covend: "control/api/src/covend.ts" };

/** These carry files of their own (a .wasm, a native program) and are loaded from node_modules. */
const external = ["node-sqlite3-wasm", "esbuild"];

/** CommonJS dependencies inside an ES module call `require`. */
const banner = 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

export async function bundle(folder: string): Promise<string[]> {
  rmSync(join(folder, "chunks"), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: programs,
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
  return Object.keys(programs).map((name) => join(folder, `${name}.js`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const file of await bundle(resolve(process.argv[2] ?? join(root, "control/dist")))) console.log(file);
