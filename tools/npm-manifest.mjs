/** Makes the manifest of the npm package from the one of the workspace: node npm-manifest.mjs FOLDER. Exports are the bundles of dist/, for this kind of machine. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const file = join(folder, "package.json");
const { private: _, scripts, exports, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
const bundles = Object.entries(exports)
  .map(([name, source]) => [name, source.replace("./src/", "./dist/").replace(/\.ts$/, "")])
  .filter(([, path]) => existsSync(join(folder, `${path}.js`)))
  .map(([name, path]) => [name, { types: `${path}.d.ts`, default: `${path}.js` }]);
const made = { ...manifest, exports: Object.fromEntries(bundles), files: ["dist", "build", "LICENSE"], os: ["linux"], cpu: [process.arch] };
writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`);
