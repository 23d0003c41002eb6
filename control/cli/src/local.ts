/** A package on this side: a folder or a zip, with changes to its descriptor if any were asked for, checked before a daemon hears of it. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { CovenError, type PortBinding, type Vnf } from "@coven/contract";
import { besides, hasUses, isLeftOut, packFolder, parseVnf, readArchive, setOverrides, takeUses, validateVnf } from "@coven/package";
import { knownFrameworks } from "@coven/pps/outside";
import { parsePortBinding } from "@coven/vns";
import { exit, Failure } from "./exit.ts";

export interface LocalPackage {
  vnf: Vnf;
  /** Where its content lies: the folder itself, or what `close` removes. */
  folder: string;
  /** The archive's bytes, made while they are read. */
  archive(): Readable;
  /** Removes what was made for it. */
  close(): Promise<void>;
}

async function contentOf(path: string, temporary: string, copied: boolean): Promise<string> {
  const content = join(temporary, "content");
  if (!statSync(path).isDirectory()) await readArchive(path, content);
  else if (copied) await cp(path, content, { recursive: true, filter: (source) => source === path || !isLeftOut(basename(source)), verbatimSymlinks: true });
  else return path;
  return content;
}

function packed(folder: string): Readable {
  const stream = new PassThrough();
  packFolder(folder, stream).catch((error) => stream.destroy(error));
  return stream;
}

async function descriptorOf(folder: string, path: string): Promise<string> {
  return readFile(join(folder, "vnf.yaml"), "utf8").catch(() => {
    throw new CovenError("PACKAGE_NO_DESCRIPTOR", [path]);
  });
}

/** Throws with positions where the descriptor is not sound. */
export async function openPackage(path: string, overrides: readonly string[] = []): Promise<LocalPackage> {
  if (!existsSync(path)) throw new CovenError("PACKAGE_MISSING", [path]);
  const temporary = await mkdtemp(join(tmpdir(), "coven-"));
  const close = () => rm(temporary, { recursive: true, force: true });
  try {
    const fileName = join(path, "vnf.yaml");
    const isFolder = statSync(path).isDirectory();
    const uses = isFolder && hasUses(await descriptorOf(path, path), fileName);
    const folder = await contentOf(path, temporary, uses || overrides.length > 0);
    const before = await descriptorOf(folder, path);
    const changed = overrides.length > 0 ? setOverrides(before, overrides, fileName) : before;
    if (changed !== before) await writeFile(join(folder, "vnf.yaml"), changed);
    if (uses) await takeUses(folder, besides(path), fileName);
    const { vnf, positions } = parseVnf(await descriptorOf(folder, path), fileName);
    validateVnf(vnf, positions, { folder, frameworks: knownFrameworks() });
    const untouched = !isFolder && changed === before;
    return { vnf, folder, close, archive: () => (untouched ? createReadStream(path) : packed(folder)) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Files of a binding are the user's: relative to where the user is, not to where the daemon is. */
function absolute(binding: PortBinding): PortBinding {
  const files = ["in", "out", "record"].flatMap((key) => {
    const value = (binding as Record<string, unknown>)[key];
    return typeof value === "string" ? [[key, resolve(value)] as const] : [];
  });
  return { ...binding, ...Object.fromEntries(files) } as PortBinding;
}

/** `lan=af_packet:veth0` … */
export function portsOf(words: readonly string[]): Record<string, PortBinding> {
  const ports: Record<string, PortBinding> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw new Failure(exit.wrongUse, `--port ${word}: it should be POINT=BINDING, for example lan=af_packet:eth1`);
    const point = word.slice(0, at);
    if (Object.hasOwn(ports, point)) throw new Failure(exit.wrongUse, `--port ${word}: ${point} is bound twice`);
    ports[point] = absolute(parsePortBinding(word.slice(at + 1)));
  }
  return ports;
}

