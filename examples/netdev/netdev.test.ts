/** Programs that know only network interfaces as components: packets both ways, what they drop, the accounting, and what the agent says of them. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, type Frame, nsh, Platform, readCapture, readNsh, root, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const all = drivers(platformPaths());
const { usable, reason } = await all.netdev.fingerprint();
const click = await all.click.fingerprint();
if (!usable) console.log(`SKIP examples netdev: ${reason}`);
else if (!click.usable) console.log(`SKIP examples netdev click: ${click.reason}`);

const works = (program: string, ...words: string[]) => {
  try {
    execFileSync(program, words, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const compiles = (compiler: string, header: string) => works("sh", "-c", `echo '#include <${header}>' | ${compiler} -fsyntax-only -`);
/** What each needs beside the adapter; what is missing is said. */
if (!works("ndpiReader", "-h")) console.log("SKIP examples netdev watch: there is no ndpiReader here (tools/ci.sh)");
const bridges = {
  libpcap: compiles("cc -xc", "pcap/pcap.h"),
  libnet: compiles("cc -xc", "libnet.h"),
  libtins: compiles("c++ -xc++", "tins/tins.h"),
  scapy: works("python3", "-c", "import scapy"),
  nftables: works("nft", "--version") && works("ip", "-V"),
};
const jars = usable && compiles("cc -xc", "pcap/pcap.h") ? pcap4j() : undefined;
const others = { ...bridges, pcap4j: jars !== undefined };
for (const [name, there] of Object.entries(others)) if (usable && !there) console.log(`SKIP examples netdev ${name}: it is not installed here (tools/ci.sh)`);

/** The example with its jars, which Maven fetches; nothing where there is no Maven or no network. */
function pcap4j(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "pcap4j-"));
  cpSync(join(root, "examples/netdev/pcap4j"), folder, { recursive: true });
  const plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies";
  if (works("javac", "-version") && works("mvn", "-q", "-B", "-f", join(folder, "pom.xml"), plugin, `-DoutputDirectory=${join(folder, "program/lib")}`)) return folder;
  rmSync(folder, { recursive: true });
  return undefined;
}

const count = 200;
const client = { mac: "02:00:00:00:01:01", ip: "198.51.100.9" };
const server = { mac: "02:00:00:00:02:01", ip: "203.0.113.9" };

/** Every fourth packet is for port 7. */
function packets(from: typeof client, to: typeof client): Frame[] {
  return Array.from({ length: count }, (_, n) => {
    const payload = Buffer.alloc(18 + ((n * 97) % 1400), n);
    payload.writeUInt32BE(n, 0);
    return { time_ns: BigInt(n) * 1000n, bytes: udp({ ...from, port: 20_000 + (n % 10) }, { ...to, port: n % 4 === 3 ? 7 : 9000 }, payload) };
  });
}
const kept = (frames: Frame[]) => frames.filter((_, n) => n % 4 !== 3);
const hex = (frames: Frame[]) => frames.map((frame) => frame.bytes.toString("hex"));

describe.runIf(usable)("programs that know only interfaces", () => {
  const platform = new Platform();
  const [up, down] = [packets(client, server), packets(server, client)];
  const file = (name: string) => join(platform.folder, name);
  beforeAll(async () => {
    await platform.up();
    writeCapture(file("up.pcap"), up);
    writeCapture(file("down.pcap"), down);
  });
  afterAll(async () => {
    await platform.remove();
    if (jars !== undefined) rmSync(jars, { recursive: true });
  });

  const ports = (rate: number) => ({
    lan: { backend: "pcap" as const, in: file("up.pcap"), out: file("down-out.pcap"), rate },
    wan: { backend: "pcap" as const, in: file("down.pcap"), out: file("up-out.pcap"), rate },
  });

  const cases = Object.entries({ ...others, click: click.usable }).filter(([, there]) => there);
  it.each(cases)("a bridge with %s hands on both ways, each packet in its frame, and what it drops is counted", async (name) => {
    // On a busy machine a bridge in Python may take longer than 200 ms now and then, and what comes late counts as its own.
    const patient = ["components.program.settings.hold_ms=2000"];
    const { instance } = await platform.deploy(await archiveOf(name === "pcap4j" && jars ? jars : join(root, "examples/netdev", name), patient), name, ports(500));
    await platform.replayed(instance, "lan", 30_000);
    const now = await platform.replayed(instance, "wan", 30_000);
    const [agent] = await platform.agents(instance);
    await platform.undeploy(instance);
    expect(now).toMatchObject({ received: 2 * count, created: 0, transmitted: 1.5 * count, dropped: { component: count / 2 }, in_flight: 0 });
    const items = Object.fromEntries(agent?.items.map((item) => [item.name, item.value]) ?? []);
    expect(items).toMatchObject({ "in-rx_packets": count, "out-rx_packets": count, "in-tx_packets": 0.75 * count, "out-tx_packets": 0.75 * count, returned: 1.5 * count, rewritten: 0, made: 0, lost: count / 2 });
    expect(hex(readCapture(file("up-out.pcap")))).toEqual(hex(kept(up)));
    expect(hex(readCapture(file("down-out.pcap")))).toEqual(hex(kept(down)));
    expect(items["program-processes"]).toBe(name === "nftables" ? 0 : 1);
  });

  it.runIf(bridges.nftables)("a rule of nftables drops what the context marks, which stands in an NSH before each packet", async () => {
    const mark = (n: number) => Buffer.concat([Buffer.of(n % 4 === 3 ? 1 : 0), Buffer.alloc(15)]);
    writeCapture(file("marked.pcap"), up.map(({ time_ns, bytes }, n) => ({ time_ns, bytes: nsh(bytes, 10, 255, mark(n)) })));
    const { instance } = await platform.deploy(await archiveOf(join(root, "examples/netdev/context")), "context", { lan: { backend: "pcap", in: file("marked.pcap"), rate: 500 }, wan: { backend: "pcap", out: file("up-out.pcap") } });
    const now = await platform.replayed(instance, "lan", 30_000);
    await platform.undeploy(instance);
    expect(now).toMatchObject({ received: count, created: 0, transmitted: 0.75 * count, dropped: { component: count / 4 }, in_flight: 0 });
    expect(readCapture(file("up-out.pcap")).map(({ bytes }) => readNsh(bytes))).toMatchObject(kept(up).map(({ bytes }) => ({ spi: 10, si: 254, inner: bytes })));
  });

  it.runIf(click.usable)("Click's handlers are the component's agent: read, written, called", async () => {
    const { instance } = await platform.deploy(await archiveOf(join(root, "examples/netdev/click")), "handlers", ports(2000));
    await platform.replayed(instance, "lan", 30_000);
    await platform.replayed(instance, "wan", 30_000);
    const at = `/coven/v1/instances/${instance}/agents/program`;
    const value = (name: string) => platform.call("GET", `${at}/${name}`);
    expect(await value("up-passed-count")).toEqual({ name: "up-passed-count", value: 0.75 * count });
    expect(await value("down-dropped-count")).toEqual({ name: "down-dropped-count", value: 0.25 * count });
    await platform.call("POST", `${at}/up-passed-reset`, { argument: "" });
    expect(await value("up-passed-count")).toEqual({ name: "up-passed-count", value: 0 });
    await platform.undeploy(instance);
  });

  it.runIf(works("ndpiReader", "-h"))("ndpiReader watches, and says what it has seen when it is stopped", async () => {
    const query = Buffer.from("1234010000010000000000000765786d706c650374657374000001 0001".replaceAll(" ", ""), "hex");
    writeCapture(file("dns.pcap"), Array.from({ length: 20 }, (_, n) => ({ time_ns: BigInt(n), bytes: udp({ ...client, port: 30_000 }, { ...server, port: 53 }, query) })));
    const { instance } = await platform.deploy(await archiveOf(join(root, "examples/netdev/watch")), "watch", { lan: { backend: "pcap", in: file("dns.pcap"), rate: 10 }, wan: { backend: "pcap" } });
    const now = await platform.replayed(instance, "lan", 30_000);
    expect(now).toMatchObject({ received: 20, created: 0, transmitted: 20, dropped: {} });
    const kept = join(platform.stateFolder, "instances");
    const log = () => readdirSync(kept).map((one) => join(kept, one, "program.log")).filter(existsSync).map((one) => readFileSync(one, "utf8")).join("\n");
    await platform.operation("operate", instance, { changeStateTo: "STOPPED", stopType: "GRACEFUL", gracefulStopTimeout: 5 });
    const said = log();
    await platform.undeploy(instance);
    // libpcap hands packets over in blocks: of the last half second it may know nothing.
    expect(said).toMatch(/Detected protocols:\s+DNS\s+packets: \d+/);
  });
});
