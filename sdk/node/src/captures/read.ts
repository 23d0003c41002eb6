/** Captures read: pcap and pcapng, of Ethernet, one record after the other. */
import { Source } from "./source.ts";

/** One packet of a capture. */
export interface Arrival {
  bytes: Uint8Array;
  /** Bytes that the packet had; more than there are where the capture cut it. */
  original: number;
  time_ns: bigint;
}

const ns = 1_000_000_000n;
const ethernet = 1;
const cut = "it ends in the middle of a packet";
const pcapMagic = new Map([
  [0xd4c3b2a1, { little: true, unit_ns: 1000n }], [0x4d3cb2a1, { little: true, unit_ns: 1n }],
  [0xa1b2c3d4, { little: false, unit_ns: 1000n }], [0xa1b23c4d, { little: false, unit_ns: 1n }],
]);
const section = 0x0a0d0d0a;
const block = { interface: 1, simple: 3, enhanced: 6 } as const;
const option = { resolution: 9, offset: 14 } as const;

/** Throws what is wrong with the file when it comes to it; ending early closes it. */
export function* readCapture(file: string): Generator<Arrival, void> {
  const source = new Source(file);
  try {
    const head = source.take(4);
    const magic = head.length < 4 ? 0 : head.readUInt32BE(0);
    const kind = pcapMagic.get(magic);
    if (kind) yield* pcap(source, kind.little, kind.unit_ns);
    else if (magic === section) yield* pcapng(source);
    else throw new Error("it is no pcap or pcapng file");
  } finally {
    source.close();
  }
}

const reader = (bytes: Buffer, little: boolean) => ({
  u16: (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
  u32: (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
});

function whole(source: Source, count: number): Buffer {
  const bytes = source.take(count);
  if (bytes.length < count) throw new Error(cut);
  return bytes;
}

const refuseLink = (link: number) => {
  if (link !== ethernet) throw new Error(`it was not captured on Ethernet but on link type ${link}`);
};

function* pcap(source: Source, little: boolean, unit_ns: bigint): Generator<Arrival, void> {
  refuseLink(reader(whole(source, 20), little).u32(16) & 0xffff);
  for (let head = source.take(16); head.length > 0; head = source.take(16)) {
    if (head.length < 16) throw new Error(cut);
    const { u32 } = reader(head, little);
    yield { bytes: whole(source, u32(8)), original: u32(12), time_ns: BigInt(u32(0)) * ns + BigInt(u32(4)) * unit_ns };
  }
}

interface Clock { ticks_a_second: bigint; offset_s: bigint; snap: number }

function* pcapng(source: Source): Generator<Arrival, void> {
  let head: Buffer = Buffer.concat([Buffer.from("0a0d0d0a", "hex"), whole(source, 4)]);
  let little = true;
  let clocks: Clock[] = [];
  for (; head.length > 0; head = source.take(8)) {
    if (head.length < 8) throw new Error(cut);
    const order = head.readUInt32BE(0) === section ? whole(source, 4) : Buffer.alloc(0);
    if (order.length > 0) [little, clocks] = [order.readUInt32LE(0) === 0x1a2b3c4d, []];
    const length = reader(head, little).u32(4);
    if (length < 12 + order.length || length % 4 !== 0) throw new Error(`it has a block of ${length} bytes`);
    const body = whole(source, length - 8 - order.length);
    if (order.length === 0) yield* blockOf(reader(head, little).u32(0), body.subarray(0, -4), little, clocks);
  }
}

function* blockOf(type: number, body: Buffer, little: boolean, clocks: Clock[]): Generator<Arrival, void> {
  const { u32 } = reader(body, little);
  if (type === block.interface) clocks.push(clockOf(body, little));
  const clock = clocks[type === block.enhanced ? u32(0) : 0];
  if (type !== block.enhanced && type !== block.simple) return;
  if (!clock) throw new Error("it has a packet of an unknown interface");
  if (type === block.simple) {
    const length = Math.min(u32(0), clock.snap || u32(0));
    return yield { bytes: piece(body, 4, length), original: u32(0), time_ns: 0n };
  }
  const ticks = (BigInt(u32(4)) << 32n) | BigInt(u32(8));
  yield { bytes: piece(body, 20, u32(12)), original: u32(16), time_ns: clock.offset_s * ns + (ticks * ns) / clock.ticks_a_second };
}

function piece(body: Buffer, at: number, length: number): Buffer {
  if (at + length > body.length) throw new Error(cut);
  return body.subarray(at, at + length);
}

function clockOf(body: Buffer, little: boolean): Clock {
  const { u16, u32 } = reader(body, little);
  refuseLink(u16(0));
  const clock: Clock = { ticks_a_second: 1_000_000n, offset_s: 0n, snap: u32(4) };
  for (let at = 8; at + 4 <= body.length && u16(at) !== 0; at += 4 + Math.ceil(u16(at + 2) / 4) * 4) {
    if (u16(at) === option.resolution) {
      const power = body[at + 4] ?? 6;
      clock.ticks_a_second = power & 0x80 ? 2n ** BigInt(power & 0x7f) : 10n ** BigInt(power);
    }
    if (u16(at) === option.offset && at + 12 <= body.length) clock.offset_s = little ? body.readBigUInt64LE(at + 4) : body.readBigUInt64BE(at + 4);
  }
  return clock;
}
