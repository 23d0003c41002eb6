import type { Vnf } from "@coven/contract";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { parse } from "yaml";

export const descriptorName = "vnf.yaml";
export async function unpack(archive: string, folder: string): Promise<Vnf> {
  const zip: any = await new Promise((resolve, reject) => (yauzl as any).open(archive, { lazyEntries: true }, (e: any, z: any) => (e ? reject(e) : resolve(z))));
  await new Promise<void>((resolve, reject) => {
    zip.on("error", reject); zip.on("end", resolve);
    zip.on("entry", (entry: any) => zip.openReadStream(entry, async (e: any, s: any) => { if (e) return reject(e); const f = join(folder, entry.fileName); mkdirSync(dirname(f), { recursive: true }); await pipeline(s, createWriteStream(f)); zip.readEntry(); }));
    zip.readEntry();
  });
  return parse(readFileSync(join(folder, descriptorName), "utf8"));
}
