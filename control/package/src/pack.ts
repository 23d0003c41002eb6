/** Makes the archive of a folder: the same bytes for the same content, wherever and whenever. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform, type Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { CovenError } from "@coven/contract";
import yazl from "yazl";
import { descriptorName, refuseTooLarge, refuseTooMany } from "./limits.ts";
import { Names, wordsOf } from "./names.ts";

interface File { name: string; path: string; bytes: number; executable: boolean }

/** Left out at any depth: what is fetched, what is made, and what is nobody else's business. */
export const isLeftOut = (name: string) => name === "node_modules" || name === "build" || name === "__pycache__" || name.startsWith(".");

/** A local time, since the format has no zones: each zone writes the same. Not the format's first day, where the library's own zone would count. */
const fixedTime = () => new Date(1980, 0, 2);

/** Writes the zip of `folder` to `into` and ends it, or destroys it where that fails. Only files and folders are taken. */
export async function packFolder(folder: string, into: Writable): Promise<void> {
  const ended = finished(into);
  ended.catch(() => undefined); // it may fail while the folder is still being read
  try {
    await write(await filesOf(folder), into, ended);
  } catch (error) {
    into.destroy();
    throw error;
  }
}

async function write(files: File[], into: Writable, ended: Promise<void>): Promise<void> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  refuseTooLarge(bytes, Number.POSITIVE_INFINITY);
  const zip = new yazl.ZipFile();
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  for (const { name, path, executable } of files) zip.addFile(path, name, { mtime: fixedTime(), forceDosTimestamp: true, mode: executable ? 0o100755 : 0o100644 });
  zip.end();
  await Promise.all([ended, pipeline(output, ratioGuard(bytes), into)]);
}

/** What is packed here can be unpacked: the ratio is known at the end. */
function ratioGuard(unpackedBytes: number): Transform {
  let packed = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      packed += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      try {
        refuseTooLarge(unpackedBytes, packed);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

async function filesOf(folder: string): Promise<File[]> {
  const is = await lstat(folder).catch(() => undefined);
  if (!is?.isDirectory()) throw new CovenError("PACKAGE_MISSING", [folder]);
  const files: File[] = [];
  await collect(folder, "", files);
  if (!files.some(({ name }) => name === descriptorName)) throw new CovenError("PACKAGE_NO_DESCRIPTOR", [folder]);
  const names = new Names();
  for (const { name } of files) names.add(wordsOf(name), false);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function collect(folder: string, prefix: string, files: File[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isLeftOut(entry.name)) continue;
    const [path, name] = [join(folder, entry.name), `${prefix}${entry.name}`];
    wordsOf(name); // refuses what is too deep before it is entered
    if (entry.isDirectory()) await collect(path, `${name}/`, files);
    else if (entry.isFile()) files.push({ name, path, ...(await about(path)) });
    else throw new CovenError("PACKAGE_LINK", [name]);
    refuseTooMany(files.length);
  }
}

async function about(path: string): Promise<{ bytes: number; executable: boolean }> {
  const { size, mode } = await lstat(path);
  return { bytes: size, executable: (mode & 0o111) !== 0 };
}
