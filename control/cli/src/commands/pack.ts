import { createWriteStream, rmSync, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { packFolder } from "@coven/package";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { openPackage } from "../local.ts";
import { bytes } from "../text.ts";

/** Checked first: what is packed can be deployed. */
export async function run(context: Context, [folder = ""]: string[], { output }: { output?: string }): Promise<void> {
  const { vnf, close } = await openPackage(folder);
  await close();
  if (!statSync(folder).isDirectory()) throw new Failure(exit.wrongUse, `${folder} is packed already`);
  const file = output ?? `${vnf.vnf}-${vnf.version}.zip`;
  if (resolve(file).startsWith(resolve(folder) + sep)) throw new Failure(exit.wrongUse, `${file} lies in the folder that it is made of; name another place with -o`);
  await packFolder(folder, createWriteStream(file)).catch((error) => {
    rmSync(file, { force: true });
    throw error;
  });
  const { size } = statSync(file);
  context.print({ file, vnf: vnf.vnf, version: vnf.version, bytes: size }, () => `${file}: ${vnf.vnf} ${vnf.version}, ${bytes(size)}`);
}
