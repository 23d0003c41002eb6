import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeHeader, formatHeader, headerLength, NshError, type NshHeader, parseHeader, parseTlvs } from "./index.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const outcome = (hex: string): string => {
  try {
    const header = parseHeader(bytes(hex));
    return `ttl${header.ttl} len${headerLength(header) / 4} md${header.mdType} np${header.nextProtocol} spi${header.spi} si${header.si}`;
  } catch (error) {
    if (error instanceof NshError) return error.reason;
    throw error;
  }
};

describe("an NSH header", () => {
  const md1 = "0fc60103 00000aff 01000000 00000000 00000000 000000ff";

  it("is read field by field (RFC 8300 §2.2)", () => {
    const header = parseHeader(bytes(`${md1} 4500`));
    expect(header).toMatchObject({ oam: false, unassigned: 0, ttl: 63, mdType: 1, nextProtocol: 3, spi: 10, si: 255 });
    expect(describeHeader(header)).toBe("SPI 10 SI 255, TTL 63, MD type 1, next Ethernet, context 0x010000000000000000000000000000ff");
  });

  it.each([
    ["0fc6010300000aff", "nsh_length"], // MD 1, cut off
    ["0fc5010300000aff 00000000 00000000 00000000 00000000", "nsh_length"], // MD 1 of length 5
    ["0fc1020300000aff", "nsh_length"], // shorter than itself
    ["0fc20203 00000a", "nsh_length"],
    ["4fc2020300000aff", "nsh_version"],
    ["0fc2000300000aff", "nsh_md_type"],
    ["0fc2030300000aff", "nsh_md_type"],
    ["0fc20f0300000aff", "nsh_md_type"],
    ["0fc2020300000aff", "ttl63 len2 md2 np3 spi10 si255"],
    ["1fc2f20300000aff", "ttl63 len2 md2 np3 spi10 si255"], // unassigned bits are masked out
  ])("%s: %s", (hex, expected) => expect(outcome(hex)).toBe(expected));

  const header = fc.record({
    oam: fc.boolean(), unassigned: fc.integer({ min: 0, max: 31 }), ttl: fc.integer({ min: 0, max: 63 }), nextProtocol: fc.integer({ min: 0, max: 255 }),
    spi: fc.integer({ min: 0, max: 0xffffff }), si: fc.integer({ min: 0, max: 255 }),
    rest: fc.oneof(
      fc.record({ mdType: fc.constant(1 as const), metadata: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
      fc.record({ mdType: fc.constant(2 as const), metadata: fc.integer({ min: 0, max: 61 }).map((words) => new Uint8Array(4 * words).fill(7)) }),
    ),
  }).map(({ rest, ...fields }): NshHeader => ({ ...fields, ...rest }));

  it("comes back from its bytes, whatever follows", () => {
    fc.assert(fc.property(header, fc.uint8Array(), (one, payload) => {
      expect(parseHeader(Uint8Array.from([...formatHeader(one), ...payload]))).toEqual(one);
    }));
  });

  it("is never more than NshError on any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
      expect(outcome(Buffer.from(any).toString("hex"))).toMatch(/^(ttl|nsh_)/);
    }));
  });

  it("is not made of fields that do not fit", () => {
    const sound = parseHeader(bytes(md1));
    expect(() => formatHeader({ ...sound, spi: 0x1000000 })).toThrow("spi is 16777216; at most 16777215");
    expect(() => formatHeader({ ...sound, ttl: 64 })).toThrow("ttl is 64");
    expect(() => formatHeader({ ...sound, metadata: new Uint8Array(8) })).toThrow("8 bytes of metadata do not fit MD type 1");
    expect(() => formatHeader({ ...sound, mdType: 2, metadata: new Uint8Array(248) })).toThrow("248 bytes");
  });
});

describe("MD type 2 metadata", () => {
  it("is a list of TLVs, padded to words", () => {
    expect(parseTlvs(bytes("1000 0a 04 12345678 2000 14 01 fe ababab 3000 01 80"))).toEqual([
      { metadataClass: 0x1000, type: 0x0a, value: bytes("12345678") },
      { metadataClass: 0x2000, type: 0x14, value: bytes("fe") },
      { metadataClass: 0x3000, type: 1, value: new Uint8Array() }, // U bit set, length 0
    ]);
  });
  it.each(["1000 0a 05 12345678", "1000 0a", "1000 0a 7f"])("%s ends within a TLV", (hex) => expect(() => parseTlvs(bytes(hex))).toThrow("ends within its TLV 1"));
});

const shared = process.env.COVEN_SHARED ?? join(import.meta.dirname, "../../../../shared");
const vectors = join(shared, "data/nsh/nsh-hex-vectors.json");
if (!existsSync(vectors)) console.log(`skipped: no ${vectors}`);
describe.skipIf(!existsSync(vectors))("headers that others wrote", () => {
  const expected: Record<string, string> = {
    "scapy-nsh-over-nsh": "ttl63 len6 md1 np4 spi42 si1",
    "scapy-md1-fixed-context": "ttl25 len6 md1 np3 spi55 si34",
    "scapy-md2-len2": "ttl63 len2 md2 np3 spi15790320 si255",
    "suricata-too-small": "nsh_length",
    "suricata-bad-version": "nsh_version",
    "suricata-no-payload": "nsh_length",
    "suricata-md0": "nsh_md_type",
    "suricata-md1-wrong-length": "nsh_length",
    "suricata-md3": "nsh_md_type",
    "tcpdump-gpe-nsh-md2-O-and-U-set-nonzero-pad": "ttl0 len6 md2 np1 spi16777215 si255",
    "ovs-md2-two-tlv": "ttl63 len7 md2 np3 spi4660 si255",
    "ovs-md1-replace-before": "ttl8 len6 md1 np3 spi256 si3",
    "ovs-md1-replace-after": "ttl7 len6 md1 np3 spi257 si4",
  };
  const found = existsSync(vectors) ? (JSON.parse(readFileSync(vectors, "utf8")) as { name: string; hex: string }[]) : [];
  it.each(Object.entries(expected))("%s: %s", (name, want) => expect(outcome(found.find((one) => one.name === name)?.hex ?? "")).toBe(want));
});

/** What the engine's NSHP is held to (spec/vectors): both faces read a header alike. */
describe("the vectors of the NSH proxy", () => {
  interface Vector { rule: string; name: string; input: string; expect: { drop?: string; spi?: number; si?: number; base?: string; context?: string } }
  const file = join(import.meta.dirname, "../../../spec/vectors/nsh/proxy.json");
  const { vectors: all } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };
  const ethernet = 2 * 14;
  const nsh = all.filter(({ input }) => input.slice(ethernet - 4, ethernet) === "894f").map((vector) => [`${vector.rule} ${vector.name}`, vector] as const);
  const ours = ["nsh_version", "nsh_length", "nsh_md_type"];

  it("are there", () => expect(nsh.length).toBeGreaterThan(20));

  it.each(nsh)("%s", (_, { input, expect: wanted }) => {
    const hex = input.slice(ethernet);
    if (wanted.drop !== undefined && ours.includes(wanted.drop)) return expect(outcome(hex)).toBe(wanted.drop);
    const header = parseHeader(bytes(hex));
    expect(Buffer.from(formatHeader(header)).toString("hex")).toBe(hex.slice(0, 2 * headerLength(header)));
    const { spi = header.spi, si = header.si, base = hex.slice(0, 8), context } = wanted;
    expect({ spi: header.spi, si: header.si, base: hex.slice(0, 8) }).toEqual({ spi, si, base });
    if (context !== undefined && header.mdType === 1) expect(Buffer.from(header.metadata).toString("hex")).toBe(context);
  });
});
