/** The flow hash, the same as the Rust engine's (engine/wire/src/flow.rs): both directions of a flow hash alike. */
const mask = (1n << 64n) - 1n;
const types = { ipv4: 0x0800, ipv6: 0x86dd, tag: 0x8100, qinq: 0x88a8 } as const;
const [tcp, udp] = [6, 17];
const [hopByHop, routing, fragment, destination] = [0, 43, 44, 60];
const tags_max = 2;
const extensions_max = 8;
/** First bytes that are looked at. */
const hashed = 128;

/** The finalizer of SplitMix64. */
function mix(value: bigint): bigint {
  const a = ((value ^ (value >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  const b = ((a ^ (a >> 27n)) * 0x94d049bb133111ebn) & mask;
  return b ^ (b >> 31n);
}

const both = (one: bigint, other: bigint, kind: number): number => Number(mix(((mix(one) + mix(other)) & mask) ^ BigInt(kind)) >> 32n);

function big(bytes: Uint8Array, at: number, count: number): bigint {
  let value = 0n;
  for (let i = at; i < at + count; i++) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

function portsOf(protocol: number, payload: Uint8Array): [bigint, bigint] {
  return (protocol === tcp || protocol === udp) && payload.length >= 4 ? [BigInt(u16(payload, 0)), BigInt(u16(payload, 2))] : [0n, 0n];
}

function ofIpv4(ip: Uint8Array): number | undefined {
  const header = ((ip[0] ?? 0) & 15) * 4;
  if (ip.length < 20 || ip[0]! >> 4 !== 4 || header < 20 || header > ip.length) return undefined;
  const isFragment = (u16(ip, 6) & 0x3fff) !== 0;
  const protocol = isFragment ? 0 : ip[9]!;
  const [from, to] = portsOf(protocol, ip.subarray(header));
  return both((big(ip, 12, 4) << 16n) | from, (big(ip, 16, 4) << 16n) | to, protocol);
}

/** Behind the extension headers; nothing for fragments and what is cut off. */
function transportOf(ip: Uint8Array): { protocol: number; payload: Uint8Array } | undefined {
  let next = ip[6]!;
  let rest = ip.subarray(40);
  for (let seen = 0; seen < extensions_max; seen++) {
    if (next === fragment) return undefined;
    if (next !== hopByHop && next !== routing && next !== destination) return { protocol: next, payload: rest };
    const length = ((rest[1] ?? 0) + 1) * 8;
    if (rest.length < 2 || rest.length < length) return undefined;
    next = rest[0]!;
    rest = rest.subarray(length);
  }
  return undefined;
}

function ofIpv6(ip: Uint8Array): number | undefined {
  if (ip.length < 40 || ip[0]! >> 4 !== 6) return undefined;
  const transport = transportOf(ip);
  const [from, to] = transport ? portsOf(transport.protocol, transport.payload) : [0n, 0n];
  return both(big(ip, 8, 8) ^ mix(big(ip, 16, 8) ^ from), big(ip, 24, 8) ^ mix(big(ip, 32, 8) ^ to), transport?.protocol ?? 0);
}

export function flowHash(packet: Uint8Array): number {
  const bytes = packet.subarray(0, hashed);
  let header = 14;
  for (let tag = 0; tag < tags_max && bytes.length >= header; tag++) {
    const type = u16(bytes, header - 2);
    if (type !== types.tag && type !== types.qinq) break;
    header += 4;
  }
  if (bytes.length < header) return 0;
  const type = u16(bytes, header - 2);
  const payload = bytes.subarray(header);
  const ofIp = type === types.ipv4 ? ofIpv4(payload) : type === types.ipv6 ? ofIpv6(payload) : undefined;
  return ofIp ?? both(big(bytes, 6, 6), big(bytes, 0, 6), type);
}
