/** Where this program's neighbours lie: bundles beside it, the platform's folder above it. */
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { exit, Failure } from "./exit.ts";

const own = () => dirname(realpathSync(process.argv[1] ?? "."));
const notBuilt = (what: string, missing: string) => new Failure(exit.nothing, `${what} is not built: there is no ${missing}; build it with: make build`, { reason: "NOT_BUILT" });

/** A bundle beside this program. */
export function bundle(name: string, what: string): string {
  const file = join(own(), `${name}.js`);
  if (!existsSync(file)) throw notBuilt(what, file);
  return file;
}

/** The platform's folder: COVEN_HOME, else the one above this program that holds spec/channel.toml. */
export function home(): string {
  const given = process.env.COVEN_HOME;
  if (given) return given;
  for (let folder = own(); dirname(folder) !== folder; folder = dirname(folder)) if (existsSync(join(folder, "spec/channel.toml"))) return folder;
  throw new Failure(exit.nothing, "the platform's folder is not known: set COVEN_HOME to it", { reason: "NOT_BUILT" });
}

/** Node's arguments that run a TypeScript program of the platform, the first of these files that there is. */
export function script(what: string, files: readonly string[]): string[] {
  const folder = home();
  const file = files.map((each) => join(folder, each)).find(existsSync);
  if (file === undefined) throw notBuilt(what, join(folder, files[0] ?? ""));
  try {
    const loader = createRequire(join(folder, "package.json")).resolve("tsx");
    return ["--import", pathToFileURL(loader).href, file];
  } catch {
    throw notBuilt(what, join(folder, "node_modules/tsx"));
  }
}
