/** tshark, tcpdump and Scapy read what we emit as it is meant. */
import { readNsh } from "@coven/testbed";
import { describe, expect, it } from "vitest";
import { chained, chained2, plain, transports } from "./packets.ts";
import { dissect, dump, has, hasScapy, scapy } from "./programs.ts";
import { through, type Wire } from "./through.ts";

const fields = ["nsh.version", "nsh.ttl", "nsh.length", "nsh.mdtype", "nsh.nextproto", "nsh.spi", "nsh.si", "nsh.contextheader", "udp.dstport", "_ws.malformed"] as const;
const proxy: Wire = { connectionPoints: { lan: { nsh: "proxy" }, wan: { nsh: "proxy" } }, paths: { up: "lan -> wan" }, nsh: { paths: { up: { spi: 10, context: "opaque" } } } };
const classifier: Wire = {
  connectionPoints: { lan: { nsh: "classify" }, wan: { nsh: "proxy" } },
  paths: { web: "lan -> wan", rest: "lan -> wan" },
  nsh: { paths: { web: { spi: 0xabcdef, si: 77 } }, classify: [{ path: "web", source: "10.0.0.0/24", protocol: "udp", destinationPort: "80-81" }] },
};

describe("what we emit", () => {
  it("is counted, classified and left alone as the rules say", () => {
    const { statistics, left } = through(classifier, { lan: [plain(80), plain(81), plain(82)] });
    expect(left("wan").map((frame) => readNsh(frame)?.spi)).toEqual([0xabcdef, 0xabcdef, undefined]);
    expect([statistics.received, statistics.transmitted, statistics.dropped]).toEqual([3, 3, {}]);
  });

  it.runIf(has("tshark", "NSH as Wireshark reads it"))("is NSH to tshark", () => {
    const [classified] = dissect(through(classifier, { lan: [plain(80)] }).capture("wan"), fields);
    expect(classified).toMatchObject({ "nsh.version": "0", "nsh.ttl": "0x003f", "nsh.length": "6", "nsh.mdtype": "1", "nsh.nextproto": "3", "nsh.spi": String(0xabcdef), "nsh.si": "77", "udp.dstport": "80", "_ws.malformed": "" });
    expect(classified?.["nsh.contextheader"]).toBe("00000000,00000000,00000000,00000000");

    const [one, two] = dissect(through(proxy, { lan: [chained(10, 200), chained2(10, 9, Buffer.from("fff60103aabbcc00", "hex"))] }).capture("wan"), fields);
    expect(one).toMatchObject({ "nsh.ttl": "0x003f", "nsh.mdtype": "1", "nsh.spi": "10", "nsh.si": "199", "nsh.contextheader": "c7c7c7c7,c7c7c7c7,c7c7c7c7,c7c7c7c7", "udp.dstport": "80" });
    expect(two).toMatchObject({ "nsh.length": "4", "nsh.mdtype": "2", "nsh.spi": "10", "nsh.si": "8", "udp.dstport": "80", "_ws.malformed": "" });
  });

  const carried = Object.entries(transports(chained(10, 200)));
  it.runIf(has("tshark", "NSH in tunnels as Wireshark reads it"))("is NSH to tshark in every transport", () => {
    const { capture, statistics } = through(proxy, { lan: carried.map(([, frame]) => frame) });
    const seen = dissect(capture("wan"), ["nsh.spi", "nsh.si", "_ws.malformed", "ip.checksum.status", "udp.checksum.status"]);
    expect(statistics.dropped).toEqual({});
    const known = carried.map(([name], index) => [name, seen[index]?.["nsh.spi"], seen[index]?.["nsh.si"], seen[index]?.["_ws.malformed"]]);
    expect(known).toEqual(carried.map(([name]) => [name, "10", "199", ""]));
    // 1 is "good": the outer header first, then the inner one.
    for (const one of seen) expect([one["ip.checksum.status"], one["udp.checksum.status"]].join()).toMatch(/^(1,?)+$/);
  });

  it.runIf(hasScapy("NSH as Scapy reads it"))("is NSH to Scapy", () => {
    const [classified] = scapy(through(classifier, { lan: [plain(80)] }).capture("wan"));
    expect(classified).toEqual({ ttl: 63, length: 6, mdtype: 1, nextproto: 3, spi: 0xabcdef, si: 77, context: "00".repeat(16), port: 80 });
    const [proxied] = scapy(through(proxy, { lan: [chained(10, 200)] }).capture("wan"));
    expect(proxied).toMatchObject({ mdtype: 1, spi: 10, si: 199, context: "c7".repeat(16), port: 80 });
  });

  it.runIf(has("tcpdump", "NSH as tcpdump reads it"))("is NSH to tcpdump", () => {
    const printed = dump(through(proxy, { lan: [chained(10, 200), transports(chained(10, 77))["VXLAN-GPE over IPv4"] ?? Buffer.alloc(0)] }).capture("wan"));
    expect(printed[0]).toMatch(/NSH, flags \[none\], service-path-id 0x00000a, service-index 0xc7/);
    expect(printed[1]).toMatch(/VXLAN-GPE[\s\S]*NSH, flags \[none\], service-path-id 0x00000a, service-index 0x4c/);
  });
});
