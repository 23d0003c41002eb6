import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The checkout: found from here, whether this runs as source or from a bundle. */
export const root = (function find(folder: string): string {
  if (existsSync(join(folder, "spec/channel.toml"))) return folder;
  if (dirname(folder) === folder) throw new Error("this does not stand in a checkout of COVEN");
  return find(dirname(folder));
})(import.meta.dirname);
