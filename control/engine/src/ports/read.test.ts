import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CaptureWriter, readCapture } from "@coven/sdk/captures";
import { afterAll, describe, expect, it } from "vitest";
import { Replay } from "./replay.ts";

const folder = mkdtempSync(join(tmpdir(), "captures-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "c.pcap");
const put = (...parts: (Buffer | string)[]) => writeFileSync(file, Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part.replaceAll(" ", ""), "hex") : part))));
const records = () => [...readCapture(file)].map(({ bytes, original, time_ns }) => ({ bytes: Buffer.from(bytes).toString("hex"), original, time_ns }));

const bigHead = "a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000001";
/** Section, little-endian, and an Ethernet interface with times in units of 2^-10 s from second 5 on. */
const section = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
const ethernet = "01000000 2c000000 0100 0000 00000000 0900 0100 8a000000 0e00 0800 0500000000000000 0000 0000 2c000000";
const enhanced = "06000000 24000000 00000000 00000000 00080000 03000000 04000000 aabbcc00 24000000";

describe("captures", () => {
  it("are read as they were written, with packets of every size", () => {
    const writer = new CaptureWriter(file);
    const packets = [0, 1, 60, 1514, 9000].map((size, index) => Buffer.alloc(size, index));
    for (const [index, bytes] of packets.entries()) writer.write(bytes, 1_700_000_000_123_456_789n + BigInt(index));
    writer.close();
    expect(records()).toEqual(packets.map((bytes, index) => ({ bytes: bytes.toString("hex"), original: bytes.length, time_ns: 1_700_000_000_123_456_789n + BigInt(index) })));
  });

  it("are read in the other byte order, with microseconds, and cut packets keep their length", () => {
    put(bigHead, "00000002 00000003 00000002 00000009 abcd");
    expect(records()).toEqual([{ bytes: "abcd", original: 9, time_ns: 2_000_003_000n }]);
  });

  it("of pcapng are read with the times of their interface", () => {
    put(section, ethernet, enhanced, "03000000 14000000 02000000 eeff0000 14000000");
    expect(records()).toEqual([{ bytes: "aabbcc", original: 4, time_ns: 7_000_000_000n }, { bytes: "eeff", original: 2, time_ns: 0n }]);
  });

  it.each([
    ["nothing", "", "no pcap or pcapng file"],
    ["text", Buffer.from("hello, world"), "no pcap or pcapng file"],
    ["half a packet", `${bigHead} 00000002 00000003 00000004 00000004 ab`, "ends in the middle of a packet"],
    ["half a header", `${bigHead} 0000`, "ends in the middle of a packet"],
    ["another link", "a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000071", "link type 113"],
    ["a huge packet", `${bigHead} 00000002 00000003 7fffffff 7fffffff`, "a record of 2147483647 bytes"],
    ["a packet of no interface", `${section} ${enhanced}`, "unknown interface"],
    ["a block without an end", `${section} 06000000 04000000`, "a block of 4 bytes"],
  ])("%s is refused", (_, content, what) => {
    put(content);
    expect(records).toThrow(what);
  });
});

describe("a replay", () => {
  it("takes as many as are asked for, and is done after the last", () => {
    put(bigHead, ..."abc".split("").map((digit) => `00000000 00000000 00000001 00000001 0${digit}`));
    const replay = new Replay(file, "full");
    expect([replay.receive(2).length, replay.done, replay.receive(2).length, replay.done, replay.due()]).toEqual([2, false, 1, true, undefined]);
  });

  it("keeps the gaps of the recording", () => {
    put(bigHead, "00000000 00000000 00000001 00000001 01", "00000063 00000000 00000001 00000001 02");
    const replay = new Replay(file, "recorded");
    expect(replay.receive(9).length).toBe(1);
    expect(replay.due()).toBeGreaterThan(60_000);
  });

  it("says where it broke, after the packets before", () => {
    put(bigHead, "00000000 00000000 00000001 00000001 01", "0000");
    const replay = new Replay(file, "full");
    expect([replay.receive(9).length, replay.done, replay.failed]).toEqual([1, true, `${file}: it ends in the middle of a packet`]);
  });
});
