/** Programs that know only network interfaces as components: packets both ways, what they drop, the accounting, and what the agent says of them. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, type Frame, Platform, readCapture, root, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const { usable, reason } = await drivers(platformPaths()).netdev.fingerprint();
if (!usable) console.log(`SKIP examples netdev: ${reason}`);

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
const bridges = {
  libpcap: compiles("cc -xc", "pcap/pcap.h"),
  libnet: compiles("cc -xc", "libnet.h"),
  libtins: compiles("c++ -xc++", "tins/tins.h"),
  scapy: works("python3", "-c", "import scapy"),
  nftables: works("nft", "--version") && works("ip", "-V"),
};
for (const [name, there] of Object.entries(bridges)) if (usable && !there) console.log(`SKIP examples netdev ${name}: it is not installed here (tools/ci.sh)`);

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
  afterAll(() => platform.remove());

  const ports = (rate: number) => ({
    lan: { backend: "pcap" as const, in: file("up.pcap"), out: file("down-out.pcap"), rate },
    wan: { backend: "pcap" as const, in: file("down.pcap"), out: file("up-out.pcap"), rate },
  });

  const cases = Object.entries(bridges).filter(([, there]) => there);
  it.each(cases)("a bridge with %s hands on both ways, each packet in its frame, and what it drops is counted", async (name) => {
    const { instance } = await platform.deploy(await archiveOf(join(root, "examples/netdev", name)), name, ports(500));
    await platform.replayed(instance, "lan", 30_000);
    const now = await platform.replayed(instance, "wan", 30_000);
    const [agent] = await platform.agents(instance);
    await platform.undeploy(instance);
    expect(hex(readCapture(file("up-out.pcap")))).toEqual(hex(kept(up)));
    expect(hex(readCapture(file("down-out.pcap")))).toEqual(hex(kept(down)));
    expect(now).toMatchObject({ received: 2 * count, created: 0, transmitted: 1.5 * count, dropped: { component: count / 2 }, in_flight: 0 });
    const items = Object.fromEntries(agent?.items.map((item) => [item.name, item.value]) ?? []);
    expect(items).toMatchObject({ "in-rx_packets": count, "out-rx_packets": count, "in-tx_packets": 0.75 * count, "out-tx_packets": 0.75 * count, returned: 1.5 * count, rewritten: 0, made: 0, lost: count / 2 });
    expect(items["program-processes"]).toBe(name === "nftables" ? 0 : 1);
  });
});
