/** Packets of our own making: Ethernet, IPv4, TCP, UDP and NSH, checksums right; and the flow that a packet belongs to. */

export interface Endpoint { mac: string; ip: string; port: number }

const mac = (text: string) => Buffer.from(text.replaceAll(":", ""), "hex");
const ip = (text: string) => Buffer.from(text.split(".").map(Number));

/** The Internet checksum (RFC 1071) of `data`, with `sum` carried in. */
function checksum(data: Buffer, sum = 0): number {
  let total = sum;
  for (let i = 0; i + 1 < data.length; i += 2) total += data.readUInt16BE(i);
  if (data.length % 2) total += (data[data.length - 1] ?? 0) << 8;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}

const sumOf = (data: Buffer) => ~checksum(data) & 0xffff;

function ethernetIpv4(from: Endpoint, to: Endpoint, protocol: number, segment: Buffer): Buffer {
  const header = Buffer.alloc(34);
  mac(to.mac).copy(header, 0);
  mac(from.mac).copy(header, 6);
  header.writeUInt16BE(0x0800, 12);
  header[14] = 0x45;
  header.writeUInt16BE(20 + segment.length, 16);
  header.writeUInt16BE(0x4000, 20);
  header[22] = 64;
  header[23] = protocol;
  ip(from.ip).copy(header, 26);
  ip(to.ip).copy(header, 30);
  header.writeUInt16BE(checksum(header.subarray(14, 34)), 24);
  return Buffer.concat([header, segment]);
}

function pseudo(from: Endpoint, to: Endpoint, protocol: number, length: number): number {
  return sumOf(Buffer.concat([ip(from.ip), ip(to.ip), Buffer.from([0, protocol, length >> 8, length & 255])]));
}

export function udp(from: Endpoint, to: Endpoint, payload: Buffer): Buffer {
  const segment = Buffer.alloc(8 + payload.length);
  segment.writeUInt16BE(from.port, 0);
  segment.writeUInt16BE(to.port, 2);
  segment.writeUInt16BE(segment.length, 4);
  payload.copy(segment, 8);
  segment.writeUInt16BE(checksum(segment, pseudo(from, to, 17, segment.length)) || 0xffff, 6);
  return ethernetIpv4(from, to, 17, segment);
}

export const TCP = { FIN: 1, SYN: 2, PSH: 8, ACK: 16 } as const;

export function tcp(from: Endpoint, to: Endpoint, seq: number, ack: number, flags: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const segment = Buffer.alloc(20 + payload.length);
  segment.writeUInt16BE(from.port, 0);
  segment.writeUInt16BE(to.port, 2);
  segment.writeUInt32BE(seq >>> 0, 4);
  segment.writeUInt32BE(ack >>> 0, 8);
  segment[12] = 0x50;
  segment[13] = flags;
  segment.writeUInt16BE(0xfaf0, 14);
  payload.copy(segment, 20);
  segment.writeUInt16BE(checksum(segment, pseudo(from, to, 6, segment.length)), 16);
  return ethernetIpv4(from, to, 6, segment);
}

/** `frame` behind an NSH of MD type 1, TTL 63, with its own Ethernet addresses outside (RFC 8300 §2). */
export function nsh(frame: Buffer, spi: number, si: number, context: Buffer = Buffer.alloc(16)): Buffer {
  const header = Buffer.alloc(38);
  frame.copy(header, 0, 0, 12);
  header.writeUInt16BE(0x894f, 12);
  header.writeUInt32BE(0x0fc60103, 14); // version 0, TTL 63, length 6, MD type 1, next protocol Ethernet
  header.writeUInt32BE(((spi << 8) | si) >>> 0, 18);
  context.copy(header, 22, 0, 16);
  return Buffer.concat([header, frame]);
}

export interface NshFields { spi: number; si: number; ttl: number; context: Buffer; inner: Buffer }

/** The NSH of a frame made by `nsh`, or undefined. */
export function readNsh(frame: Buffer): NshFields | undefined {
  if (frame.length < 38 || frame.readUInt16BE(12) !== 0x894f) return undefined;
  const path = frame.readUInt32BE(18);
  return { spi: path >>> 8, si: path & 255, ttl: (frame.readUInt32BE(14) >>> 22) & 63, context: frame.subarray(22, 38), inner: frame.subarray(38) };
}

export interface Flow { protocol: "tcp" | "udp"; a: string; b: string }

/** The flow of an IPv4 or IPv6 TCP or UDP packet (looking under one NSH and VLAN tags), `a` and `b` as address:port of source and destination. */
export function flowOf(frame: Buffer): Flow | undefined {
  const bare = readNsh(frame)?.inner ?? frame;
  let at = 14;
  let type = bare.length >= 14 ? bare.readUInt16BE(12) : 0;
  while ((type === 0x8100 || type === 0x88a8) && bare.length >= at + 4) {
    type = bare.readUInt16BE(at + 2);
    at += 4;
  }
  if (type === 0x0800 && bare.length >= at + 20) {
    const text = (from: number) => [...bare.subarray(from, from + 4)].join(".");
    return ports(bare, at + ((bare[at] ?? 0) & 15) * 4, bare[at + 9] ?? 0, text(at + 12), text(at + 16));
  }
  if (type === 0x86dd && bare.length >= at + 40) {
    const text = (from: number) => bare.subarray(from, from + 16).toString("hex");
    return ports(bare, at + 40, bare[at + 6] ?? 0, text(at + 8), text(at + 24));
  }
  return undefined;
}

function ports(frame: Buffer, at: number, protocol: number, from: string, to: string): Flow | undefined {
  if ((protocol !== 6 && protocol !== 17) || frame.length < at + 4) return undefined;
  return { protocol: protocol === 6 ? "tcp" : "udp", a: `${from}:${frame.readUInt16BE(at)}`, b: `${to}:${frame.readUInt16BE(at + 2)}` };
}

/** One key for both directions. */
export const flowKey = (flow: Flow) => `${flow.protocol} ${[flow.a, flow.b].sort().join(" ")}`;
