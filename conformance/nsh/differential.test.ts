/** Headers of any content, seen by us and by Wireshark: whatever passes the proxy says to Wireshark what it said before, but for its SI. */
import { describe, expect, it } from "vitest";
import { plain, transports } from "./packets.ts";
import { dissect, has } from "./programs.ts";
import { through, type Wire } from "./through.ts";

const spi = 100;
const vnf: Wire = {
  connectionPoints: { lan: { nsh: "proxy" }, wan: { nsh: "proxy" } },
  paths: { up: "lan -> wan" },
  nsh: { paths: { up: { spi, context: "opaque" } }, oam: "forward", unknown: "forward" },
};
const fields = ["nsh.version", "nsh.Obit", "nsh.ttl", "nsh.length", "nsh.mdtype", "nsh.nextproto", "nsh.spi", "nsh.si", "nsh.contextheader", "nsh.metadataclass", "nsh.metadatatype", "nsh.metadatalen", "nsh.metadata"] as const;
type Dissected = Record<(typeof fields)[number], string>;

/** Numbers that are the same at each run (xorshift32). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

interface Sent { frame: Buffer; /** Bytes before the NSH. */ outer: number }

/** Mostly nearly right, with a random TLV or two, behind Ethernet or in one of the other transports. */
function packet(random: Iterator<number, never>): Sent {
  const next = (below: number) => random.next().value % below;
  const pick = <T>(...values: T[]): T => values[next(values.length)] as T;
  const tlv = (): Buffer => {
    const length = next(20);
    const body = Buffer.from(Array.from({ length: Math.ceil(length / 4) * 4 }, () => next(256)));
    return Buffer.concat([Buffer.from([next(256), next(256), next(256), length]), body]);
  };
  const mdType = pick(1, 1, 2, 2, 2, next(16));
  const metadata = mdType === 1 ? Buffer.from(Array.from({ length: 16 }, () => next(256))) : Buffer.concat(Array.from({ length: next(4) }, tlv));
  const words = pick(2 + metadata.length / 4, 2 + metadata.length / 4, 2 + metadata.length / 4, next(64));
  const head = Buffer.alloc(8);
  head.writeUInt16BE((pick(0, 0, 0, 0, next(4)) << 14) | (next(2) << 13) | (next(64) << 6) | words);
  head.writeUInt8(mdType, 2);
  const inside = pick(1, 2, 3, 3, 3, next(256));
  head.writeUInt8(inside === 4 ? 5 : inside, 3); // the fields of an NSH in it would be among those that Wireshark gives
  head.writeUInt32BE(((pick(spi, spi, spi, spi + 1) << 8) | next(256)) >>> 0, 4);
  const inner = plain();
  const bare = Buffer.concat([inner.subarray(0, 12), Buffer.from("894f", "hex"), head, metadata, head[3] === 1 ? inner.subarray(14) : inner]);
  const frame = pick(bare, bare, ...Object.values(transports(bare)));
  return { frame, outer: frame.length - bare.length + 14 };
}

describe.runIf(has("tshark", "NSH as we read it, compared with Wireshark"))("the proxy and Wireshark", () => {
  it("agree on 3,000 headers", () => {
    const random = numbers(0x5eed);
    const sent = Array.from({ length: 3000 }, () => packet(random));
    const { statistics, left, capture } = through(vnf, { lan: sent.map(({ frame }) => frame) });
    const before = dissect(capture("wan").replace("wan.out", "lan.in"), fields) as Dissected[];
    const after = dissect(capture("wan"), fields) as Dissected[];
    expect([before.length, after.length]).toEqual([sent.length, left("wan").length]);
    expect(after.length).toBeGreaterThan(1000);
    expect(statistics.received).toBe(statistics.transmitted + Object.values(statistics.dropped).reduce((sum, count) => sum + count, 0));

    // What Wireshark sees to be sound and on our path with an SI to step has passed, in order; the rest has not.
    const sound = before.filter((one, index) => passes(one, sent[index] ?? { frame: Buffer.alloc(0), outer: 0 }));
    expect(after.map((one) => ({ ...one, "nsh.si": String(Number(one["nsh.si"]) + 1) }))).toEqual(sound);
  });
});

function passes(one: Dissected, { frame, outer }: Sent): boolean {
  const [length, mdType] = [Number(one["nsh.length"]), Number(one["nsh.mdtype"])];
  const fits = mdType === 1 ? length === 6 : length >= 2 && outer + length * 4 <= frame.length;
  return one["nsh.version"] === "0" && fits && [1, 2, 15].includes(mdType) && one["nsh.spi"] === String(spi) && one["nsh.si"] !== "0" && room(one, frame.length - outer);
}

/** Behind Ethernet as next protocol there is an Ethernet header. */
function room(one: Dissected, length: number): boolean {
  return one["nsh.nextproto"] !== "3" || one["nsh.mdtype"] === "15" || length - Number(one["nsh.length"]) * 4 >= 14;
}
