/** Where this program's neighbours lie: everything is bundled into one folder. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { exit, Failure } from "./exit.ts";

/** A bundle beside this program. */
export function bundle(name: string, what: string): string {
  const file = join(dirname(realpathSync(process.argv[1] ?? ".")), `${name}.js`);
  if (!existsSync(file)) throw new Failure(exit.nothing, `${what} is not built: there is no ${file}; build it with: make build`, { reason: "NOT_BUILT" });
  return file;
}
