/** Archives of our own making, also such as no packer would make: entries as they are named, as often as they are named. */
import { crc32, deflateRawSync } from "node:zlib";

export type Entry = readonly [name: string, content: string | Buffer];

/** A zip of these entries, in this order. */
export function zipOf(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of entries) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain);
    const local = Buffer.concat([header(0x04034b50, "", name, plain, packed), Buffer.from(name), packed]);
    directory.push(header(0x02014b50, "directory", name, plain, packed, at), Buffer.from(name));
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

/** The header before an entry, or its line in the directory, which says more. */
function header(signature: number, kind: "" | "directory", name: string, plain: Buffer, packed: Buffer, at = 0): Buffer {
  const more = kind === "directory" ? 2 : 0;
  const bytes = Buffer.alloc(kind === "directory" ? 46 : 30);
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(20, 4);
  bytes.writeUInt16LE(20, 4 + more);
  bytes.writeUInt16LE(0x800, 6 + more); // names in UTF-8
  bytes.writeUInt16LE(8, 8 + more);
  bytes.writeUInt16LE(0x21, 12 + more); // the first day that a zip knows
  bytes.writeUInt32LE(crc32(plain), 14 + more);
  bytes.writeUInt32LE(packed.length, 18 + more);
  bytes.writeUInt32LE(plain.length, 22 + more);
  bytes.writeUInt16LE(Buffer.byteLength(name), 26 + more);
  if (kind === "directory") bytes.writeUInt32LE(at, 42);
  return bytes;
}
