/** The NAT, deployed by the platform on captures: what leaves, byte for byte as a host that has the public address would send it. */
import { join } from "node:path";
import { archiveOf, type Endpoint, type Frame, Platform, readCapture, root, TCP, tcp, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const inside = (host: number, port: number): Endpoint => ({ mac: "02:00:00:00:00:01", ip: `10.0.0.${host}`, port });
const outside = (port: number): Endpoint => ({ mac: "02:00:00:00:00:02", ip: "198.51.100.7", port });
const mapped = (port: number): Endpoint => ({ mac: "02:00:00:00:00:01", ip: "192.0.2.1", port });
const hello = Buffer.from("hello, odd");

function sum(bytes: Buffer): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** ICMP in the IP packet of a UDP packet between these two. */
function icmp(from: Endpoint, to: Endpoint, type: number, rest: string, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.from([type, type === 3 ? 3 : 0, 0, 0]), Buffer.from(rest, "hex"), body]);
  message.writeUInt16BE(~sum(message) & 0xffff, 2);
  const frame = Buffer.concat([udp(from, to, Buffer.alloc(0)).subarray(0, 34), message]);
  frame[23] = 1;
  frame.writeUInt16BE(20 + message.length, 16);
  frame.writeUInt16BE(0, 24);
  frame.writeUInt16BE(~sum(frame.subarray(14, 34)) & 0xffff, 24);
  return frame;
}

const at = (seconds: number, bytes: Buffer): Frame => ({ time_ns: 1_700_000_000_000_000_000n + BigInt(Math.round(seconds * 1e9)), bytes });
const hex = (frames: readonly Buffer[]) => frames.map((bytes) => bytes.toString("hex"));

describe("the NAT", () => {
  const platform = new Platform();
  let runs = 0;
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  /** Both captures at the times that they have; what left on each side, and the counters. */
  async function through(lan: Frame[], wan: Frame[], changes: string[] = []) {
    const file = (name: string) => join(platform.folder, `${runs}-${name}`);
    runs++;
    writeCapture(file("lan"), lan);
    writeCapture(file("wan"), wan);
    const { instance } = await platform.deploy(await archiveOf(join(root, "examples/nat44"), changes), `nat${runs}`, {
      lan: { backend: "pcap", in: file("lan"), out: file("lan-out"), rate: 200 }, wan: { backend: "pcap", in: file("wan"), out: file("wan-out"), rate: 200 },
    });
    await platform.replayed(instance, "lan", 30_000);
    await platform.replayed(instance, "wan", 30_000);
    const items = (await platform.agents(instance)).find(({ component }) => component === "nat")?.items ?? [];
    await platform.undeploy(instance);
    const out = (name: string) => hex(readCapture(file(name)).map(({ bytes }) => bytes));
    return { toWan: out("wan-out"), toLan: out("lan-out"), value: (name: string) => Number(items.find((item) => item.name === name)?.value) };
  }

  it("translates what goes out: one port an inner end, whoever it talks to, and others for others", async () => {
    const sent = [
      udp(inside(1, 5000), outside(53), hello), udp(inside(1, 5000), outside(54), hello), udp(inside(2, 5000), outside(53), hello),
      tcp(inside(1, 5000), outside(80), 7, 0, TCP.SYN), icmp(inside(1, 0), outside(0), 8, "abcd0001", hello),
    ];
    const { toWan, value } = await through(sent.map((bytes, i) => at(i, bytes)), []);
    expect(toWan).toEqual(hex([
      udp(mapped(1024), outside(53), hello), udp(mapped(1024), outside(54), hello), udp(mapped(1025), outside(53), hello),
      tcp(mapped(1024), outside(80), 7, 0, TCP.SYN), icmp(mapped(0), outside(0), 8, "04000001", hello),
    ]));
    expect([value("out"), value("mappings"), value("untranslatable")]).toEqual([5, 4, 0]);
  });

  it("translates answers back, and drops what nobody asked for", async () => {
    // Out first: the other side's capture begins with two seconds of packets to a port that nobody has.
    const asks = [udp(inside(1, 5000), outside(53), hello), tcp(inside(3, 6000), outside(80), 7, 0, TCP.SYN), icmp(inside(1, 0), outside(0), 8, "abcd0001", hello)];
    const nobody = Array.from({ length: 400 }, () => udp(outside(9), mapped(40_000), hello));
    const answers = [udp(outside(53), mapped(1024), hello), tcp(outside(80), mapped(1024), 9, 8, TCP.SYN | TCP.ACK), icmp(outside(0), mapped(0), 0, "04000001", hello)];
    const { toLan, value } = await through(asks.map((bytes) => at(0, bytes)), [...nobody, ...answers].map((bytes) => at(1, bytes)));
    expect(toLan).toEqual(hex([udp({ ...outside(53) }, inside(1, 5000), hello), tcp(outside(80), inside(3, 6000), 9, 8, TCP.SYN | TCP.ACK), icmp(outside(0), inside(1, 0), 0, "abcd0001", hello)]));
    expect([value("in"), value("unknown")]).toEqual([3, 400]);
  });

  it("translates an ICMP error with the packet that it quotes, both ways", async () => {
    const router: Endpoint = { ...outside(0), ip: "203.0.113.1" };
    const asks = [udp(inside(1, 5000), outside(53), hello), tcp(inside(2, 6000), outside(80), 7, 0, TCP.SYN)];
    const nobody = Array.from({ length: 400 }, () => udp(outside(9), mapped(40_000), hello));
    const error = (to: Endpoint, quoted: Buffer) => icmp(router, to, 3, "00000000", quoted);
    const errors = [error(mapped(0), udp(mapped(1024), outside(53), hello).subarray(14)), error(mapped(0), tcp(mapped(1024), outside(80), 7, 0, TCP.SYN).subarray(14, 14 + 28)), error(mapped(0), udp(mapped(3333), outside(53), hello).subarray(14))];
    const ours = icmp(inside(1, 0), outside(0), 3, "00000000", udp(outside(53), inside(1, 5000), hello).subarray(14));
    const { toLan, toWan, value } = await through([...asks, ours].map((bytes) => at(0, bytes)), [...nobody, ...errors].map((bytes) => at(1, bytes)));
    expect(toLan).toEqual(hex([error(inside(1, 0), udp(inside(1, 5000), outside(53), hello).subarray(14)), error(inside(2, 0), tcp(inside(2, 6000), outside(80), 7, 0, TCP.SYN).subarray(14, 14 + 28))]));
    expect(toWan.at(-1)).toBe(hex([icmp(mapped(0), outside(0), 3, "00000000", udp(outside(53), mapped(1024), hello).subarray(14))])[0]);
    expect(value("unknown")).toBe(401);
  });

  it("gives ports of the block alone, again once their time is over, and says when there is none", async () => {
    const block = ["components.nat.settings.first_port=2000", "components.nat.settings.ports=2"];
    const sent = [at(0, udp(inside(1, 1), outside(53), hello)), at(0, udp(inside(2, 1), outside(53), hello)), at(1, udp(inside(3, 1), outside(53), hello)), at(200, udp(inside(2, 1), outside(53), hello)), at(301, udp(inside(3, 1), outside(53), hello))];
    const { toWan, value } = await through(sent, [], block);
    expect(toWan).toEqual(hex([2000, 2001, 2001, 2000].map((port) => udp(mapped(port), outside(53), hello))));
    expect([value("no_port"), value("mappings")]).toEqual([1, 2]);
  });

  it("drops fragments and lets what is no IPv4 through", async () => {
    const fragment = udp(inside(1, 1), outside(2), hello);
    fragment.writeUInt16BE(0x2000, 20);
    fragment.writeUInt16BE(0, 24);
    fragment.writeUInt16BE(~sum(fragment.subarray(14, 34)) & 0xffff, 24);
    const arp = Buffer.concat([Buffer.from("ffffffffffff0200000000010806", "hex"), Buffer.alloc(28)]);
    const { toWan, value } = await through([at(0, fragment), at(0, arp)], []);
    expect(toWan).toEqual(hex([arp]));
    expect(value("untranslatable")).toBe(1);
  });
});
