/** From an archive to a package that is known to be sound. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Vnf } from "@coven/contract";
import { descriptorName, parseVnf, readArchive, type Shelf, takeUses, validateVnf } from "@coven/package";

/** The content is then in `folder`; errors of the descriptor name line and column. */
export async function unpack(archive: string, folder: string, frameworks: readonly string[], shelf: Shelf): Promise<Vnf> {
  await readArchive(archive, folder);
  await takeUses(folder, shelf);
  const { vnf, positions } = parseVnf(await readDescriptor(folder), descriptorName);
  validateVnf(vnf, positions, { folder, frameworks });
  return vnf;
}

export const readDescriptor = (folder: string) => readFile(join(folder, descriptorName), "utf8");
