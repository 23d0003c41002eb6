/** Captures: pcap and pcapng read, pcap written (nanosecond times). Only what tests, demo and benches need: Ethernet frames. */
import { readFileSync, writeFileSync } from "node:fs";

export interface Frame { time_ns: bigint; bytes: Buffer }

export function readCapture(file: string): Frame[] {
  const data = readFileSync(file);
  if (data.length < 24) return [];
  return data.readUInt32LE(0) === 0x0a0d0d0a ? readPcapng(data) : readPcap(data);
}

function readPcap(data: Buffer): Frame[] {
  const magic = data.readUInt32LE(0);
  const big = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
  const u32 = (at: number) => (big ? data.readUInt32BE(at) : data.readUInt32LE(at));
  const unit = u32(0) === 0xa1b23c4d ? 1n : 1000n;
  const frames: Frame[] = [];
  for (let at = 24; at + 16 <= data.length; ) {
    const length = u32(at + 8);
    if (at + 16 + length > data.length) break; // a capture cut off while it was written
    frames.push({ time_ns: BigInt(u32(at)) * 1_000_000_000n + BigInt(u32(at + 4)) * unit, bytes: data.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return frames;
}

/** Enhanced packet blocks of little-endian sections, microsecond times. */
function readPcapng(data: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 12 <= data.length; ) {
    const type = data.readUInt32LE(at);
    const size = data.readUInt32LE(at + 4);
    if (size < 12 || at + size > data.length) break;
    if (type === 6) {
      const length = data.readUInt32LE(at + 20);
      const time = (BigInt(data.readUInt32LE(at + 12)) << 32n) | BigInt(data.readUInt32LE(at + 16));
      frames.push({ time_ns: time * 1000n, bytes: data.subarray(at + 28, at + 28 + length) });
    }
    at += size;
  }
  return frames;
}

export function writeCapture(file: string, frames: readonly Frame[]): void {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b23c4d, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(1, 20);
  const parts: Buffer[] = [head];
  for (const { time_ns, bytes } of frames) {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Number(time_ns / 1_000_000_000n), 0);
    record.writeUInt32LE(Number(time_ns % 1_000_000_000n), 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    parts.push(record, bytes);
  }
  writeFileSync(file, Buffer.concat(parts));
}
