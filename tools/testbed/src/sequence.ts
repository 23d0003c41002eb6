/** Numbered packets in many flows, to see what is lost, changed, doubled or out of order. */
import type { Frame } from "./capture.ts";
import { udp } from "./packets.ts";

/** `count` UDP packets of 60 to 1514 bytes in `flows` flows; the payload begins with flow (u32) and number in the flow (u32). */
export function sequence(count: number, flows = 50): Frame[] {
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 16;
  };
  return Array.from({ length: count }, (_, n) => {
    const flow = n % flows;
    const payload = Buffer.alloc(18 + (next() % 1455));
    for (let i = 8; i < payload.length; i++) payload[i] = next();
    payload.writeUInt32BE(flow, 0);
    payload.writeUInt32BE(Math.floor(n / flows), 4);
    const client = { mac: "02:00:00:00:01:01", ip: "198.51.100.9", port: 20_000 + flow };
    const server = { mac: "02:00:00:00:02:01", ip: "203.0.113.9", port: 9000 };
    return { time_ns: BigInt(n) * 1_000_000n, bytes: udp(client, server, payload) };
  });
}

export interface Verdict { arrived: number; missing: number; doubled: number; changed: number; outOfOrder: number }

/** What became of a sequence. Frames that are none of it (neighbour discovery and the like) do not count. */
export function compare(sent: readonly Frame[], received: readonly Frame[]): Verdict {
  const at = (bytes: Buffer) => (bytes.length >= 50 && bytes.readUInt16BE(12) === 0x0800 && bytes.readUInt16BE(36) === 9000 ? `${bytes.readUInt32BE(42)}:${bytes.readUInt32BE(46)}` : undefined);
  const expected = new Map(sent.map(({ bytes }) => [at(bytes), bytes]));
  const seen = new Set<string>();
  const last = new Map<number, number>();
  const verdict: Verdict = { arrived: 0, missing: 0, doubled: 0, changed: 0, outOfOrder: 0 };
  for (const { bytes } of received) {
    const key = at(bytes);
    if (key === undefined) continue;
    verdict.arrived++;
    if (seen.has(key)) verdict.doubled++;
    seen.add(key);
    if (!expected.get(key)?.equals(bytes)) verdict.changed++;
    const [flow, number] = [bytes.readUInt32BE(42), bytes.readUInt32BE(46)];
    if (number < (last.get(flow) ?? -1)) verdict.outOfOrder++;
    last.set(flow, number);
  }
  verdict.missing = [...expected.keys()].filter((key) => key !== undefined && !seen.has(key)).length;
  return verdict;
}
