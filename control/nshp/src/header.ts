/** The NSH header for people and tests (RFC 8300 §2.2-2.5); the engine has its own. */

/** Why a header can't be taken; the names are those of spec/channel.toml, [enum.reason]. */
export type NshReason = "nsh_version" | "nsh_length" | "nsh_md_type";

export class NshError extends Error {
  readonly reason: NshReason;
  constructor(reason: NshReason, what: string) {
    super(what);
    this.reason = reason;
  }
}

export interface NshHeader {
  oam: boolean;
  /** The unassigned bits, 3 and 16 to 19, as five bits: handed on as they are, sent as 0 (RFC 8300 §2.2). */
  unassigned: number;
  ttl: number;
  mdType: 1 | 2;
  nextProtocol: number;
  spi: number;
  si: number;
  /** The 16 bytes of context of MD type 1, or the TLVs of MD type 2. */
  metadata: Uint8Array;
}

/** A piece of MD type 2 metadata (RFC 8300 §2.5.1). */
export interface Tlv { metadataClass: number; type: number; value: Uint8Array }

const baseBytes = 8;
const wordBytes = 4;
const lengthMax = 63 * wordBytes;
const contextBytes = 16;

export const nextProtocols: Record<number, string> = { 0: "none", 1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH", 5: "MPLS", 254: "experiment 1", 255: "experiment 2" };

/** Reads the header at the beginning of `bytes`; what follows it is the packet. Throws `NshError`. */
export function parseHeader(bytes: Uint8Array): NshHeader {
  if (bytes.length < baseBytes) throw new NshError("nsh_length", `${bytes.length} bytes are too few for an NSH`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [base, path] = [view.getUint32(0), view.getUint32(4)];
  if (base >>> 30 !== 0) throw new NshError("nsh_version", `version ${base >>> 30} is unknown`);
  const length = ((base >>> 16) & 0x3f) * wordBytes;
  const mdType = (base >>> 8) & 0xf; // the four bits above it are unassigned
  if (mdType !== 1 && mdType !== 2) throw new NshError("nsh_md_type", `MD type ${mdType} is ${mdType === 0 ? "reserved" : "unknown"}`);
  checkLength(mdType, length, bytes.length);
  return {
    oam: ((base >>> 29) & 1) === 1,
    unassigned: (((base >>> 28) & 1) << 4) | ((base >>> 12) & 0xf),
    ttl: (base >>> 22) & 0x3f,
    mdType,
    nextProtocol: base & 0xff,
    spi: path >>> 8,
    si: path & 0xff,
    metadata: bytes.slice(baseBytes, length),
  };
}

function checkLength(mdType: 1 | 2, length: number, available: number): void {
  if (mdType === 1 && length !== baseBytes + contextBytes) throw new NshError("nsh_length", `MD type 1 has 24 bytes, not ${length}`);
  if (length < baseBytes) throw new NshError("nsh_length", `a length of ${length} bytes is less than the header's own`);
  if (length > available) throw new NshError("nsh_length", `the header says ${length} bytes, of which ${available} are there`);
}

export const headerLength = (header: NshHeader): number => baseBytes + header.metadata.length;

/** The bytes of a header. A RangeError names the field that does not fit. */
export function formatHeader(header: NshHeader): Uint8Array {
  const { metadata, mdType } = header;
  for (const [field, max] of Object.entries({ unassigned: 0x1f, ttl: 63, nextProtocol: 0xff, spi: 0xffffff, si: 0xff }) as ["ttl", number][]) {
    if (!Number.isInteger(header[field]) || header[field] < 0 || header[field] > max) throw new RangeError(`${field} is ${header[field]}; at most ${max}`);
  }
  if (mdType === 1 ? metadata.length !== contextBytes : metadata.length % wordBytes !== 0 || metadata.length > lengthMax - baseBytes) {
    throw new RangeError(`${metadata.length} bytes of metadata do not fit MD type ${mdType}`);
  }
  const bytes = new Uint8Array(headerLength(header));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ((header.oam ? 1 : 0) << 13) | ((header.unassigned >>> 4) << 12) | (header.ttl << 6) | (bytes.length / wordBytes));
  view.setUint16(2, ((header.unassigned & 0xf) << 12) | (mdType << 8) | header.nextProtocol);
  view.setUint32(4, header.spi * 256 + header.si);
  bytes.set(metadata, baseBytes);
  return bytes;
}

/** The TLVs of MD type 2 metadata; pad bytes are passed over, whatever they hold. */
export function parseTlvs(metadata: Uint8Array): Tlv[] {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  const found: Tlv[] = [];
  for (let at = 0; at < metadata.length; ) {
    const length = at + wordBytes <= metadata.length ? view.getUint8(at + 3) & 0x7f : Number.POSITIVE_INFINITY;
    const end = at + wordBytes + length;
    if (end > metadata.length) throw new NshError("nsh_length", `the metadata ends within its TLV ${found.length + 1}`);
    found.push({ metadataClass: view.getUint16(at), type: view.getUint8(at + 2), value: metadata.slice(at + wordBytes, end) });
    at = Math.ceil(end / wordBytes) * wordBytes;
  }
  return found;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** One line: `SPI 10 SI 255, TTL 63, MD type 1, next Ethernet, context 0x00...`. */
export function describeHeader(header: NshHeader): string {
  const { spi, si, ttl, mdType, nextProtocol, metadata } = header;
  const parts = [`SPI ${spi} SI ${si}`, `TTL ${ttl}`, `MD type ${mdType}`, `next ${nextProtocols[nextProtocol] ?? nextProtocol}`];
  if (header.oam) parts.push("OAM");
  if (mdType === 1) parts.push(`context 0x${hex(metadata)}`);
  else if (metadata.length > 0) parts.push(`metadata 0x${hex(metadata)}`);
  return parts.join(", ");
}
