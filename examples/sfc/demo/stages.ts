/** What was on each link, and what should have been. */
import { type Frame, readNsh, type udp, udp as makeUdp } from "@coven/testbed";

type Endpoint = Parameters<typeof udp>[0];
const client: Endpoint = { mac: "02:00:00:00:01:01", ip: "198.51.100.10", port: 40_000 };
const server: Endpoint = { mac: "02:00:00:00:02:01", ip: "203.0.113.10", port: 0 };

export const kinds = [
  { name: "DNS", port: 53, class: 1, passes: true },
  { name: "QUIC", port: 443, class: 2, passes: true },
  { name: "telnet", port: 23, class: 3, passes: false },
] as const;
export type Kind = (typeof kinds)[number];
export const each = 3;

/** So many packets of each kind, in turn. */
export const packets = (): Frame[] =>
  Array.from({ length: each * kinds.length }, (_, index) => {
    const kind = kinds[index % kinds.length] as Kind;
    return { time_ns: BigInt(index) * 20_000_000n, bytes: makeUdp(client, { ...server, port: kind.port }, Buffer.from(`${kind.name} ${index}`)) };
  });

/** A link of the chain, and what is said of the packets there. */
export interface Stage { title: string; says: string; spi?: number; si?: number; ttl?: number; marked?: boolean; filtered?: boolean }

export const stages: readonly Stage[] = [
  { title: "client -> switch", says: "plain packets" },
  { title: "switch -> marker", says: "classified: service path 10 from its beginning, SI 255; the classifier writes the tenant into the context", spi: 10, si: 255, ttl: 63 },
  { title: "marker -> switch", says: "the marker sees the NSH and has written the class; SI is one less for its service", spi: 10, si: 254, ttl: 63, marked: true },
  { title: "switch -> gate", says: "SPI 10, SI 254: next comes the gate; a forwarder takes one off the TTL and leaves the SI alone", spi: 10, si: 254, ttl: 62, marked: true },
  { title: "gate -> switch", says: "the gate saw plain packets and dropped telnet; the proxy has put each NSH back with its context", spi: 10, si: 253, ttl: 62, marked: true, filtered: true },
  { title: "switch -> server", says: "SPI 10, SI 253: the end of the chain; the NSH is off", filtered: true },
];

export interface Seen { kind: Kind; spi: number | undefined; si: number | undefined; ttl: number | undefined; tenant: number | undefined; class: number | undefined; intact: boolean }

/** Our packets among those of a capture, as often as they are there. */
export function seenIn(frames: readonly Frame[], sent: readonly Frame[]): Seen[] {
  return frames.flatMap(({ bytes }): Seen[] => {
    const nsh = readNsh(bytes);
    const inner = nsh?.inner ?? bytes;
    const kind = kinds.find(({ port }) => isOurs(inner) && inner.readUInt16BE(36) === port);
    if (!kind) return [];
    const intact = sent.some((frame) => frame.bytes.equals(inner.subarray(0, frame.bytes.length)));
    return [{ kind, spi: nsh?.spi, si: nsh?.si, ttl: nsh?.ttl, tenant: nsh?.context.readUInt32BE(0), class: nsh?.context[4], intact }];
  });
}

const isOurs = (frame: Buffer) => frame.length >= 42 && frame.readUInt16BE(12) === 0x0800 && frame[23] === 17 && [...frame.subarray(26, 30)].join(".") === client.ip;

/** What is wrong at a stage; nothing if all is as it should be. */
export function wrongAt(stage: Stage, seen: readonly Seen[], tenant: number): string[] {
  return kinds.flatMap((kind) => {
    const its = seen.filter((one) => one.kind === kind);
    const wanted = stage.filtered && !kind.passes ? 0 : each;
    const expected = stage.spi === undefined ? [undefined, undefined, undefined, undefined, undefined] : [stage.spi, stage.si, stage.ttl, tenant, stage.marked ? kind.class : 0];
    const strange = its.filter((one) => !one.intact || [one.spi, one.si, one.ttl, one.tenant, one.class].some((value, index) => value !== expected[index]));
    return [...(its.length === wanted ? [] : [`${kind.name}: ${its.length} packets, not ${wanted}`]), ...strange.map((one) => `${kind.name}: ${JSON.stringify({ ...one, kind: undefined })}`)];
  });
}
