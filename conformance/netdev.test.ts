/** What the adapter between channel and interfaces promises (docs/netdev.md): frames keep their NSH and context, every packet is accounted for,
 * a program that ends is a crash, and nothing of it is left. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineStatistics } from "@coven/contract";
import { drivers, platformPaths } from "@coven/pps";
import { type Frame, nsh, Platform, readCapture, readNsh, root, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Files, left, look, packageOf, refusal, until } from "./support.ts";

const { usable, reason } = await drivers(platformPaths()).netdev.fingerprint();
if (!usable) console.log(`SKIP conformance netdev: ${reason}`);

/** A cable in Python, that knows packet sockets only; `deed` is done with each packet (`data`, and `at`: 0 if it came in by `in`). */
const cable = (deed: string): Files => ({
  "x/main.py": `import os, select, signal, socket, sys, time
ends = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for _ in range(2)]
for end, name in zip(ends, ("in", "out")): end.bind((name, 0))
while True:
    for end in select.select(ends, [], [])[0]:
        data, address = end.recvfrom(65536)
        if address[2] == socket.PACKET_OUTGOING: continue
        at = ends.index(end)
        send = ends[1 - at].send
${deed.replaceAll(/^/gm, "        ")}
`,
});
const component = "framework: netdev, command: [python3, -u, main.py]";
const vnf = (x: string, more = "", paths = "{ up: lan -> x -> wan, down: wan -> x -> lan }", points = "{ lan: {}, wan: {} }") =>
  `vnf: one\nversion: 1.0.0\nconnectionPoints: ${points}\ncomponents:\n  x: { ${x} }\n${more}paths: ${paths}\n`;

const count = 100;
const client = { mac: "02:00:00:00:01:01", ip: "198.51.100.9", port: 4000 };
const server = { mac: "02:00:00:00:02:01", ip: "203.0.113.9", port: 5000 };
const packets = (from = client, to = server): Frame[] => Array.from({ length: count }, (_, n) => ({ time_ns: BigInt(n), bytes: udp(from, to, Buffer.alloc(30 + n, n)) }));
const isIpv6 = (packet: Buffer) => packet.readUInt16BE(12) === 0x86dd;
const onesSum = (bytes: Buffer): number => {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += at + 1 < bytes.length ? bytes.readUInt16BE(at) : (bytes[at] ?? 0) << 8;
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return total;
};
/** Over pseudo header and datagram: 0xffff if its checksum is right (RFC 768). */
const udpSum = (packet: Buffer): number => {
  const [addresses, datagram] = isIpv6(packet) ? [packet.subarray(22, 54), packet.subarray(54)] : [packet.subarray(26, 34), packet.subarray(34)];
  return onesSum(Buffer.concat([addresses, Buffer.from([0, 17, datagram.length >> 8, datagram.length & 255]), datagram]));
};
/** The same datagram from 2001:db8::1 or ::2 to the other. */
function udp6(from: typeof client, to: typeof client, payload: Buffer): Buffer {
  const packet = Buffer.concat([udp(from, to, payload).subarray(0, 12), Buffer.from("86dd6000000000001140", "hex"), Buffer.alloc(32), udp(from, to, payload).subarray(34)]);
  packet.writeUInt16BE(packet.length - 54, 18);
  for (const [at, end] of [[22, from], [38, to]] as const) packet.write(`20010db8000000000000000000000${end === client ? "001" : "002"}`, at, "hex");
  packet.writeUInt16BE(0, 60);
  packet.writeUInt16BE(0xffff - udpSum(packet) || 0xffff, 60);
  return packet;
}
const tagged = (packet: Buffer, type: number): Buffer => Buffer.concat([packet.subarray(0, 12), Buffer.from([type >> 8, type & 255, 0xa0, 7]), packet.subarray(12)]);
const hex = (frames: Frame[]) => frames.map((frame) => frame.bytes.toString("hex"));
const sum = ({ received, created, transmitted, dropped, in_flight }: EngineStatistics) => received + created - transmitted - in_flight - Object.values(dropped).reduce((a, b) => a + b, 0);

describe.runIf(usable)("a program behind interfaces", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  beforeAll(async () => {
    await platform.up();
    writeCapture(file("up.pcap"), packets());
    writeCapture(file("down.pcap"), packets(server, client));
  });
  afterAll(() => platform.remove());
  const ports = (rate: number) => ({ lan: { backend: "pcap" as const, in: file("up.pcap"), out: file("down-out.pcap"), rate }, wan: { backend: "pcap" as const, in: file("down.pcap"), out: file("up-out.pcap"), rate } });

  async function through(files: Files, rate = 2000) {
    const { instance } = await platform.deploy(packageOf(files), "through", ports(rate));
    await platform.replayed(instance, "lan", 20_000);
    const now = await platform.replayed(instance, "wan", 20_000);
    const agents = await platform.agents(instance);
    await platform.undeploy(instance);
    const values = (name: string) => Object.fromEntries(agents.find((agent) => agent.component === name)?.items.map((item) => [item.name, item.value]) ?? []);
    return { now, values, up: readCapture(file("up-out.pcap")), down: readCapture(file("down-out.pcap")) };
  }

  it("rewrites addresses, ports and the TTL, as a router with NAT does: each packet goes on in its own frame", async () => {
    const deed = `packet = bytearray(data)\npacket[22] -= 1\npacket[26:28] = b"\\x0a\\x01"\npacket[34:36] = (9999).to_bytes(2, "big")\nsend(packet)`;
    const { now, values, up } = await through({ "vnf.yaml": vnf(component), ...cable(deed) });
    expect(now).toMatchObject({ received: 2 * count, created: 0, transmitted: 2 * count, dropped: {} });
    expect(values("x")).toMatchObject({ returned: 2 * count, rewritten: 2 * count, made: 0 });
    expect(up.map(({ bytes }) => [bytes[22], bytes.readUInt16BE(34), bytes.subarray(42).toString("hex")])).toEqual(packets().map(({ bytes }) => [63, 9999, bytes.subarray(42).toString("hex")]));
  });

  it("sends packets of its own: made like those of their way, and counted", async () => {
    const { now, values, up, down } = await through({ "vnf.yaml": vnf(component), ...cable("send(data)\nif at == 0: send(data[:42] + b'of its own' + data[52:])") });
    expect(now).toMatchObject({ received: 2 * count, created: count, transmitted: 3 * count, dropped: {} });
    expect(values("x")).toMatchObject({ returned: 2 * count, made: count });
    expect([up.length, down.length]).toEqual([2 * count, count]);
  });

  it("answers where a packet came from: the packet is dropped, and the answer takes the way back", async () => {
    const { now, up, down } = await through({ "vnf.yaml": vnf(component), ...cable("(end if at == 0 else ends[0]).send(data)") });
    expect(now).toMatchObject({ received: 2 * count, created: count, transmitted: 2 * count, dropped: { component: count } });
    expect([up.length, down.length]).toEqual([0, 2 * count]);
  });

  it("has an interface for each named output", async () => {
    const paths = "{ up: lan -> x -> wan, aside: x.odd -> lan }";
    const deed = "if len(data) % 2: ends[2].send(data)\nelse: send(data)";
    const files = cable(deed);
    files["x/main.py"] = String(files["x/main.py"]).replace("range(2)", "range(3)").replace('("in", "out")', '("in", "out", "odd")');
    const { now, up, down } = await through({ "vnf.yaml": vnf(`${component}, outputs: [odd]`, "", paths), ...files });
    expect(now).toMatchObject({ created: 0, transmitted: count, dropped: { no_route: count } });
    expect([hex(up), hex(down)]).toEqual([hex(packets().filter(({ bytes }) => bytes.length % 2 === 0)), hex(packets().filter(({ bytes }) => bytes.length % 2 === 1))]);
  });

  it("is a bridge of the kernel: VLAN tags, one and two, jumbo frames and IPv6 go through both ways as they are", async () => {
    const script = "set -e\nip link add br0 type bridge mcast_snooping 0\nfor name in in out; do ip link set $name master br0; done\nip link set br0 up\n";
    const kinds = (from: typeof client, to: typeof client) => [
      ...[30, 1000, 8958].flatMap((length) => [udp(from, to, Buffer.alloc(length, length)), udp6(from, to, Buffer.alloc(length - 20, length))]),
      ...[[0x8100], [0x88a8, 0x8100]].flatMap((types) => [40, 1458, 8900].map((length) => types.reduceRight((packet, type) => tagged(packet, type), udp(from, to, Buffer.alloc(length, length))))),
    ].map((bytes, n) => ({ time_ns: BigInt(n), bytes }));
    writeCapture(file("up.pcap"), kinds(client, server));
    writeCapture(file("down.pcap"), kinds(server, client));
    const { now, values, up, down } = await through({ "vnf.yaml": vnf("framework: netdev, setup: [sh, bridge.sh]"), "x/bridge.sh": script }, 200);
    writeCapture(file("up.pcap"), packets());
    writeCapture(file("down.pcap"), packets(server, client));
    expect(now).toMatchObject({ received: 24, created: 0, transmitted: 24, dropped: {} });
    expect(values("x")).toMatchObject({ returned: 24, rewritten: 0, made: 0 });
    expect([hex(up), hex(down)]).toEqual([hex(kinds(client, server)), hex(kinds(server, client))]);
  });

  it("leaves context and NSH with their packets, which it can't see", async () => {
    const pair = (name: string) => `  ${name}: { framework: c, source: pair/, context: opaque }\n`;
    const nshWords = "nsh: { paths: { up: { spi: 10 }, down: { spi: 11 } } }\n";
    const points = "{ lan: { nsh: proxy }, wan: { nsh: proxy } }";
    const text = vnf(component, pair("a") + pair("b") + nshWords, "{ up: lan -> a -> x -> b -> wan, down: wan -> b -> x -> a -> lan }", points);
    writeCapture(file("up.pcap"), packets().map(({ time_ns, bytes }) => ({ time_ns, bytes: nsh(bytes, 10, 255) })));
    writeCapture(file("down.pcap"), packets(server, client).map(({ time_ns, bytes }) => ({ time_ns, bytes: nsh(bytes, 11, 255) })));
    const source = readFileSync(join(root, "conformance/pair/pair-c/main.c"));
    const { now, values, up, down } = await through({ "vnf.yaml": text, ...cable("send(data)"), "pair/main.c": source });
    writeCapture(file("up.pcap"), packets());
    writeCapture(file("down.pcap"), packets(server, client));
    expect(now).toMatchObject({ received: 2 * count, created: 0, transmitted: 2 * count, dropped: {} });
    for (const name of ["a", "b"]) expect(values(name)).toMatchObject({ written: count, matched: count, mismatched: 0 });
    const context = (bytes: Buffer) => Buffer.from(Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : (bytes[14 + i] ?? 0) + i)));
    expect(up.map(({ bytes }) => readNsh(bytes))).toMatchObject(packets().map(({ bytes }) => ({ spi: 10, si: 254, context: context(bytes) })));
    expect(down.map(({ bytes }) => readNsh(bytes))).toMatchObject(packets(server, client).map(({ bytes }) => ({ spi: 11, si: 254, context: context(bytes) })));
  });

  it("that only reads gets copies, and packets do not wait for it", async () => {
    const { now, values, up } = await through({ "vnf.yaml": vnf(`${component}, tap: true`), ...cable("pass") });
    expect(now).toMatchObject({ received: 2 * count, created: 0, transmitted: 2 * count, dropped: {} });
    expect(values("x")).toMatchObject({ copied: 2 * count, "in-rx_packets": 2 * count });
    expect(hex(up)).toEqual(hex(packets()));
  });

  it("that ends is a crash: counted, with how it ended, and started again; what it printed is in the log", async () => {
    const before = await look(platform);
    const deed = "if data[42] == 50:\n    print('had enough', flush=True)\n    os.kill(os.getpid(), signal.SIGSEGV)\nsend(data)";
    const { instance, package: packageId } = await platform.deploy(packageOf({ "vnf.yaml": vnf(`${component}, onCrash: drop`), ...cable(deed) }), "ends", ports(2000));
    await until(async () => ((await platform.instance(instance)).components[0]?.restarts ?? 0) > 0, "it is started again");
    const [state] = (await platform.instance(instance)).components;
    expect(state).toMatchObject({ lastExit: "killed by SIGSEGV" });
    await platform.replayed(instance, "lan", 20_000);
    const now = await platform.replayed(instance, "wan", 20_000);
    expect(sum(now)).toBe(0);
    expect(now.transmitted).toBeLessThan(2 * count);
    await platform.undeploy(instance);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
    expect(await left(platform, before)).toEqual([]);
  });

  it("leaves no process when it ignores SIGTERM and has children", async () => {
    const before = await look(platform);
    const script = "trap '' TERM\n(trap '' TERM; sleep 1000) &\nsleep 1000 &\nwait\nsleep 1000\n";
    const { instance, package: packageId } = await platform.deploy(packageOf({ "vnf.yaml": vnf("framework: netdev, tap: true, command: [sh, main.sh]"), "x/main.sh": script }), "stubborn", ports(2000));
    await platform.undeploy(instance);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
    expect(await left(platform, before)).toEqual([]);
  });

  it.each([
    ["a setup that fails", "framework: netdev, setup: [sh, '-c', 'echo no such rule >&2; exit 3']", /no such rule/],
    ["a program that ends at once", "framework: netdev, command: [sh, '-c', 'exit 4']", /ended with status 4/],
  ])("%s is told, and nothing is left", async (_, x, told) => {
    const files = { "vnf.yaml": vnf(x), "x/any": "" };
    const packageId = await platform.onboard(packageOf(files));
    const before = await look(platform);
    const refused = await refusal(platform, () => platform.instantiate(packageId, "refused", ports(1000)), before);
    expect(refused.message).toMatch(told);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
  });
});
