/** Takes an archive from anyone: everything about it is checked before a byte is written, and again while it is inflated. */
import { createWriteStream } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { CovenError } from "@coven/contract";
import yauzl from "yauzl";
import { descriptorName, limits, refuseTooLarge, refuseTooMany } from "./limits.ts";
import { Names, wordsOf } from "./names.ts";

interface Item { words: string[]; folder: boolean; executable: boolean; entry: yauzl.Entry }

/** Unpacks the zip at `file` into `intoFolder`, which does not exist yet (or is empty) in a folder that does. Where it fails nothing is left behind. */
export async function readArchive(file: string, intoFolder: string): Promise<void> {
  const { size } = await stat(file).catch(() => {
    throw new CovenError("PACKAGE_MISSING", [file]);
  });
  const zip = await open(file);
  const fresh = await mkdtemp(`${intoFolder}.`);
  try {
    const items = await listed(zip, size, file);
    for (const item of items) await unpack(zip, item, fresh);
    await rename(fresh, intoFolder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  } finally {
    zip.close();
  }
}

/** Names stay bytes and sizes stay unchecked by the library: the rules here are stricter and name the entry. */
const open = (file: string): Promise<yauzl.ZipFile> =>
  yauzl.openPromise(file, { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: false }).catch((error: Error) => {
    throw new CovenError("PACKAGE_NOT_ZIP", [file], error.message);
  });

const damaged = (error: unknown): CovenError => (error instanceof CovenError ? error : new CovenError("PACKAGE_DAMAGED", [(error as Error).message]));

/** The central directory, judged as a whole. */
async function listed(zip: yauzl.ZipFile, archiveBytes: number, file: string): Promise<Item[]> {
  refuseTooMany(zip.entryCount);
  const items: Item[] = [];
  const names = new Names();
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const item = judged(entry);
      names.add(item.words, item.folder);
      bytes += entry.uncompressedSize;
      refuseTooLarge(bytes, archiveBytes);
      items.push(item);
    }
  } catch (error) {
    throw damaged(error);
  }
  refuseWithoutDescriptor(items, file);
  return items;
}

function judged(entry: yauzl.Entry): Item {
  const name = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  const words = wordsOf(name);
  const mode = entry.externalFileAttributes >>> 16; // of Unix, where such a system made it; else 0
  const folder = name.endsWith("/");
  refuseOddKind(name, mode, folder);
  if (entry.isEncrypted()) throw new CovenError("PACKAGE_ENCRYPTED", [name]);
  if (!entry.canDecodeFileData()) throw new CovenError("PACKAGE_DAMAGED", [`${name} is packed by method ${entry.compressionMethod}; only store and deflate are known`]);
  if (folder && entry.uncompressedSize > 0) throw new CovenError("PACKAGE_DAMAGED", [`the folder ${name} has content`]);
  return { words, folder, executable: (mode & 0o111) !== 0, entry };
}

const kindBits = 0o170000;
const kinds = { file: 0o100000, folder: 0o040000, none: 0 };

function refuseOddKind(name: string, mode: number, folder: boolean): void {
  const kind = mode & kindBits;
  if (kind !== kinds.none && kind !== (folder ? kinds.folder : kinds.file)) throw new CovenError("PACKAGE_LINK", [name]);
}

function refuseWithoutDescriptor(items: Item[], file: string): void {
  if (items.some(({ words, folder }) => !folder && words.join("/") === descriptorName)) return;
  const deeper = items.find(({ words, folder }) => !folder && words.at(-1) === descriptorName);
  throw new CovenError("PACKAGE_NO_DESCRIPTOR", [file], deeper && `there is ${deeper.words.join("/")}: zip the content of the folder, not the folder`);
}

async function unpack(zip: yauzl.ZipFile, { words, folder, executable, entry }: Item, fresh: string): Promise<void> {
  const path = join(fresh, ...words);
  await mkdir(folder ? path : dirname(path), { recursive: true });
  if (folder) return;
  try {
    const content = await zip.openReadStreamPromise(entry);
    await pipeline(content, (chunks) => verified(chunks, words.join("/"), entry), createWriteStream(path, { flags: "wx" }));
  } catch (error) {
    throw damaged(error);
  }
  if (executable) await chmod(path, 0o755);
}

/** Headers may lie about size and content: stop at the first byte too many. */
async function* verified(chunks: AsyncIterable<Buffer>, name: string, entry: yauzl.Entry): AsyncGenerator<Buffer> {
  let bytes = 0;
  let sum = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > entry.uncompressedSize || bytes > limits.unpackedBytes) throw new CovenError("PACKAGE_BOMB", [`${name} is larger than the ${entry.uncompressedSize} bytes that its header says`]);
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (bytes < entry.uncompressedSize) throw new CovenError("PACKAGE_DAMAGED", [`${name} ends after ${bytes} of ${entry.uncompressedSize} bytes`]);
  if (sum !== entry.crc32) throw new CovenError("PACKAGE_DAMAGED", [`the content of ${name} has another checksum`]);
}
