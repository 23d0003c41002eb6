/** The context before the packets of programs that know only interfaces (docs/netdev.md): an NSH for those that state a context, on ports and paths that know of none. */
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, type Frame, nsh, Platform, readCapture, readNsh, root, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Files, packageOf } from "./support.ts";

const all = drivers(platformPaths());
const [netdev, click] = [await all.netdev.fingerprint(), await all.click.fingerprint()];
if (!netdev.usable) console.log(`SKIP conformance context: ${netdev.reason}`);
else if (!click.usable) console.log(`SKIP conformance context click: ${click.reason}`);

const count = 100;
const client = { mac: "02:00:00:00:01:01", ip: "198.51.100.9", port: 4000 };
const server = { mac: "02:00:00:00:02:01", ip: "203.0.113.9", port: 5000 };
/** Of all sizes, up to the largest of an untagged Ethernet frame. */
const bare = Array.from({ length: count }, (_, n) => udp(client, server, Buffer.alloc(n === 0 ? 1472 : 18 + ((n * 97) % 1400), n)));
const contextOf = (n: number) => Buffer.from(Array.from({ length: 16 }, (_, i) => (i === 0 ? n % 2 : (n + i) & 255)));
const plain: Frame[] = bare.map((bytes, n) => ({ time_ns: BigInt(n), bytes }));
const marked: Frame[] = bare.map((bytes, n) => ({ time_ns: BigInt(n), bytes: nsh(bytes, 10, 255, contextOf(n)) }));
const hex = (frames: Frame[]) => frames.map((frame) => frame.bytes.toString("hex"));

/** From `in` to `out`, by packet sockets; `deed` is done with each packet (`data`). */
const program = (deed: string): Files => ({
  "x/main.py": `import socket
ends = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) for _ in range(2)]
for end, name in zip(ends, ("in", "out")): end.bind((name, 0))
send = ends[1].send
while True:
    data, address = ends[0].recvfrom(65536)
    if address[2] == socket.PACKET_OUTGOING: continue
    data = bytearray(data)
${deed.replaceAll(/^/gm, "    ")}
`,
});
const vnf = (more = "") => `vnf: one
version: 1.0.0
connectionPoints: { lan: { nsh: proxy }, wan: { nsh: proxy } }
components:
  x: { framework: netdev, command: [python3, -u, main.py], context: word${more} }
paths: { up: lan -> x -> wan }
nsh:
  contexts: { word: [ { field: mark, bits: 8 }, { field: rest, bits: 120 } ] }
  paths: { up: { spi: 10 } }
`;

describe.runIf(netdev.usable)("context behind interfaces", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, `${name}.pcap`);
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  async function through(archive: Buffer, frames: Frame[], component = "x") {
    writeCapture(file("in"), frames);
    const { instance, package: packageId } = await platform.deploy(archive, "through", { lan: { backend: "pcap", in: file("in"), rate: 1000 }, wan: { backend: "pcap", out: file("out") } });
    const now = await platform.replayed(instance, "lan", 20_000);
    const items = (await platform.agents(instance)).find((agent) => agent.component === component)?.items ?? [];
    await platform.undeploy(instance);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
    return { now, values: Object.fromEntries(items.map(({ name, value }) => [name, value])), out: readCapture(file("out")) };
  }
  const run = (deed: string, frames: Frame[], more = "") => through(packageOf({ "vnf.yaml": vnf(more), ...program(deed) }), frames);

  it("is read and written in an NSH with the packet's own path; the packet keeps its NSH but for the context", async () => {
    const deed = `if data[12:22].hex() == "894f0fc601030000" + "0aff": data[37] = data[23]\nsend(data)`;
    const { now, values, out } = await run(deed, marked);
    expect(now).toMatchObject({ received: count, created: 0, transmitted: count, dropped: {} });
    expect(values).toMatchObject({ returned: count, rewritten: 0, made: 0, lost: 0, nsh_version: 0 });
    const changed = (n: number) => Buffer.concat([contextOf(n).subarray(0, 15), contextOf(n).subarray(1, 2)]);
    expect(out.map(({ bytes }) => bytes.toString("hex"))).toEqual(bare.map((bytes, n) => nsh(bytes, 10, 254, changed(n)).toString("hex")));
  });

  it("is zero for packets that came without; the packets leave without", async () => {
    const { now, values, out } = await run(`if data[12:38].hex() == "894f0fc60103000000ff" + "00" * 16:\n    data[22] = 9\n    send(data)`, plain);
    expect(now).toMatchObject({ received: count, created: 0, transmitted: count, dropped: {} });
    expect(values).toMatchObject({ returned: count, rewritten: 0 });
    expect(hex(out)).toEqual(hex(plain));
  });

  it("stays with a packet that comes back without NSH", async () => {
    const { now, values, out } = await run("send(data[38:])", marked);
    expect(now).toMatchObject({ received: count, created: 0, transmitted: count, dropped: {} });
    expect(values).toMatchObject({ returned: count, made: 0 });
    expect(out.map(({ bytes }) => readNsh(bytes))).toMatchObject(bare.map((inner, n) => ({ spi: 10, si: 254, context: contextOf(n), inner })));
  });

  it("goes with a packet of the program's own", async () => {
    const { now, values, out } = await run("send(data)\ndata[22] = 77\nsend(data[:80] + b'of its own')", marked);
    expect(now).toMatchObject({ received: count, created: count, transmitted: 2 * count, dropped: {} });
    expect(values).toMatchObject({ returned: count, made: count });
    expect(out.filter((_, n) => n % 2 === 1).map(({ bytes }) => readNsh(bytes)?.context[0])).toEqual(bare.map(() => 77));
  });

  it("that comes back malformed is dropped, and counted by what is wrong", async () => {
    const deed = `case = data[80] % 5
if case == 0: data[14] |= 0x40
if case == 1: data[15] = 0xC5
if case == 2: data[16] = 4
if case == 3: data[17] = 1
if case == 4: data = data[:40]
send(data)`;
    const { now, values } = await run(deed, marked);
    expect(now).toMatchObject({ received: count, created: 0, transmitted: 0, dropped: { component: count } });
    expect(values).toMatchObject({ nsh_version: 20, nsh_length: 20, nsh_md_type: 20, nsh_next_protocol: 20, nsh_truncated: 20, lost: count, returned: 0 });
  });

  it("is seen by a program that only reads, too", async () => {
    const { now, values, out } = await run("pass", marked, ", tap: true");
    expect(now).toMatchObject({ received: count, transmitted: count, dropped: {} });
    const bytes = marked.reduce((sum, frame) => sum + frame.bytes.length, 0);
    expect(values).toMatchObject({ copied: count, "in-rx_bytes": bytes });
    expect(out.length).toBe(count);
  });

  const filters = [...(["c", "python"] as const), ...(click.usable ? (["click"] as const) : [])];
  it.each(filters)("tells the firewall's filter in %s what is marked", async (framework) => {
    const archive = await archiveOf(join(root, "examples/l7-firewall"), [`components.filter.framework=${framework}`]);
    const { now, values, out } = await through(archive, marked, "filter");
    expect(now).toMatchObject({ received: count, created: 0, transmitted: count / 2, dropped: { component: count / 2 } });
    expect(out.map(({ bytes }) => readNsh(bytes))).toMatchObject(bare.flatMap((inner, n) => (n % 2 ? [] : [{ spi: 10, si: 254, context: contextOf(n), inner }])));
    expect(values).toMatchObject(framework === "click" ? { "dropped-count": count / 2, "forwarded-count": count / 2, lost: count / 2 } : { dropped: count / 2 });
  });
});
