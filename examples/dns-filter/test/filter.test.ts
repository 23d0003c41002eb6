import { existsSync } from "node:fs";
import { join } from "node:path";
import { harness } from "@coven/sdk/testing";
import { root } from "@coven/testbed";
import { describe, expect, it } from "vitest";
import { filter } from "../filter/main.ts";
import { Names } from "../filter/names.ts";

const outputs = { outputs: ["out", "answer"] };

/** The Internet checksum over all of it: 0 where what it covers is right. */
function checksum(...parts: Uint8Array[]): number {
  const bytes = Buffer.concat(parts);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += at + 1 < bytes.length ? bytes.readUInt16BE(at) : bytes[at]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function query(name: string, { flags = 0x0100, extra = "" } = {}): Buffer {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const message = Buffer.concat([Buffer.from("abcd", "hex"), Buffer.from([flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, extra ? 1 : 0]), ...labels, Buffer.from([0, 0, 1, 0, 1]), Buffer.from(extra, "hex")]);
  const udp = Buffer.concat([Buffer.from([0xc0, 0x01, 0, 53, 0, 8 + message.length, 0, 0]), message]);
  const ends = Buffer.from([10, 0, 0, 1, 10, 0, 0, 2]);
  udp.writeUInt16BE(checksum(ends, Buffer.from([0, 17, 0, udp.length]), udp), 6);
  const ip = Buffer.concat([Buffer.from([0x45, 0, 0, 20 + udp.length, 0, 0, 0, 0, 9, 17, 0, 0]), ends]);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([Buffer.from("020000000002020000000001", "hex"), Buffer.from([8, 0]), ip, udp]);
}

describe("the filter", () => {
  it("answers what is on the list itself, with checksums that are right", () => {
    const tested = harness(filter, { ...outputs, settings: { list: "bad.example" } });
    const asked = query("www.BAD.example", { extra: "0000291000000000000000" });
    const { verdict, bytes } = tested.packet(asked);
    const got = Buffer.from(bytes);
    expect(verdict).toBe("answer");
    expect(got.length).toBe(asked.length);
    expect(got.toString("hex", 0, 14)).toBe("0200000000010200000000020800");
    expect([...got.subarray(26, 34), got[22]]).toEqual([10, 0, 0, 2, 10, 0, 0, 1, 64]);
    expect([got.readUInt16BE(34), got.readUInt16BE(36)]).toEqual([53, 0xc001]);
    expect([got.readUInt16BE(42), got.readUInt16BE(44), got.readUInt16BE(46), got.readUInt16BE(48)]).toEqual([0xabcd, 0x8183, 1, 0]);
    expect(got.subarray(52)).toEqual(asked.subarray(52));
    expect(checksum(got.subarray(14, 34))).toBe(0);
    expect(checksum(got.subarray(26, 34), Buffer.from([0, 17, 0, got.length - 34]), got.subarray(34))).toBe(0);
    expect([tested.item("queries"), tested.item("blocked")]).toEqual([1, 1]);
  });

  it("lets everything else go as it came", () => {
    const tested = harness(filter, { ...outputs, settings: { list: "bad.example" } });
    const others = [query("good.example"), query("verybad.example"), query("bad.example.org"), query("bad.example", { flags: 0x8180 }), query("bad.example", { flags: 0x2900 }), query("bad.example").subarray(0, 60), Buffer.alloc(60)];
    for (const packet of others) expect(tested.packet(packet)).toMatchObject({ verdict: "out", bytes: new Uint8Array(packet) });
    expect(tested.item("blocked")).toBe(0);
  });

  it("has its list changed while it runs, and shows the latest", () => {
    const tested = harness(filter, outputs);
    expect(tested.packet(query("a.bad.example")).verdict).toBe("out");
    tested.call("block", "Bad.Example.");
    expect(tested.packet(query("a.bad.example"), { timeNs: 1_700_000_000_000_000_000n }).verdict).toBe("answer");
    expect((tested.call("latest") as unknown[])[0]).toEqual({ name: "a.bad.example", client: "10.0.0.1", at: "2023-11-14T22:13:20.000Z" });
    expect([tested.call("show"), tested.item("names")]).toEqual([["bad.example"], 1]);
    tested.call("allow", "bad.example");
    expect(tested.packet(query("a.bad.example")).verdict).toBe("out");
    expect(() => tested.call("allow", "bad.example")).toThrow("is not on the list");
    expect(() => tested.call("block", "no name")).toThrow("is no name");
    expect(() => tested.set("list", "fine.example,-..-")).toThrow('"-..-" is no name');
  });
});

describe("the list", () => {
  it("blocks a name and what lies below it", () => {
    const names = new Names();
    names.replace("bad.example, x.org,");
    expect(["bad.example", "a.b.bad.example", "x.org", "example", "bad.example.com", "badexample", ""].map((name) => names.blocks(name))).toEqual([true, true, true, false, false, false, false]);
  });
});

const capture = join(process.env.COVEN_SHARED ?? join(root, "../shared"), "data/captures/dns.pcap");
const there = existsSync(capture);
if (!there) console.log(`SKIP the DNS filter on a capture: there is no ${capture}; set COVEN_SHARED`);

describe.runIf(there)("a capture", () => {
  it("has its queries for a name answered, and nothing else touched", () => {
    const tested = harness(filter, { ...outputs, settings: { list: "example.com" } });
    const results = tested.capture(capture);
    expect([results.count("out"), results.count("answer"), results.count("error")]).toEqual([4, 1, 0]);
    expect([tested.item("queries"), tested.item("blocked")]).toEqual([1, 1]); // the other one came by PPPoE
    expect((tested.call("latest") as { name: string; client: string }[])[0]).toMatchObject({ name: "www.example.com", client: "192.168.170.8" });
  });
});
