/** Packages in folders beside a package's: what it may take components from on this side. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { descriptorName } from "./limits.ts";
import type { OnShelf, Shelf } from "./uses.ts";

const folders_max = 1_000;

/** Of what a descriptor says of itself; one that is not sound is none, until it is used by its own. */
async function named(folder: string): Promise<{ vnf: string; version: string } | undefined> {
  const text = await readFile(join(folder, descriptorName), "utf8").catch(() => undefined);
  try {
    const { vnf, version } = (text === undefined ? undefined : parse(text)) ?? {};
    return typeof vnf === "string" && version !== undefined ? { vnf, version: String(version) } : undefined;
  } catch {
    return undefined;
  }
}

export function besides(path: string): Shelf {
  const parent = dirname(resolve(path));
  return {
    place: `beside this one, in ${parent}`,
    async of(name) {
      const entries = (await readdir(parent, { withFileTypes: true })).filter((entry) => entry.isDirectory()).slice(0, folders_max);
      const all = await Promise.all(entries.map(async (entry): Promise<OnShelf[]> => {
        const folder = join(parent, entry.name);
        const says = await named(folder);
        return says?.vnf === name ? [{ version: says.version, folder }] : [];
      }));
      return all.flat();
    },
  };
}
