/** A program that speaks memif as a component: DPDK's testpmd, in both roles (docs/memif.md). */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { type Frame, Platform, readCapture, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageOf } from "./support.ts";

const { usable, reason } = await drivers(platformPaths()).memif.fingerprint();
const tried = spawnSync("dpdk-testpmd", ["--no-huge", "-m", "64", "--no-pci", "--no-shconf", "--version"]);
const why = usable ? (tried.error ? "dpdk-testpmd is missing (Debian: dpdk, librte-net-memif23)" : undefined) : reason;
if (why) console.log(`SKIP conformance memif: ${why}`);

const count = 200;
const client = { mac: "02:00:00:00:01:01", ip: "198.51.100.9", port: 4000 };
const server = { mac: "02:00:00:00:02:01", ip: "203.0.113.9", port: 5000 };
const packets = (from: typeof client, to: typeof client): Frame[] => Array.from({ length: count }, (_, n) => ({ time_ns: BigInt(n), bytes: udp(from, to, Buffer.alloc(30 + n * 7, n)) }));
const bytes = packets(client, server).reduce((sum, frame) => sum + frame.bytes.length, 0);
const hex = (frames: Frame[]) => frames.map((frame) => frame.bytes.toString("hex"));

/** testpmd between the two interfaces; `theirs` is its role. */
const testpmd = (theirs: string) => [
  "dpdk-testpmd", "--no-huge", "-m", "128", "--no-pci", "--no-shconf", "--no-telemetry", "--lcores=(0-1)@(0-1)",
  ...["in", "out"].map((name, n) => `--vdev=net_memif${n},role=${theirs},socket={folder}/${name}.sock,socket-abstract=no`),
  "--", "--auto-start", "--forward-mode=io", "--no-flush-rx", "--total-num-mbufs=4096", "--stats-period=3600",
];
/** As the client it shows the context, which testpmd hands back as it came. */
const vnf = (role: string) => `vnf: one
version: 1.0.0
connectionPoints: { lan: {}, wan: {} }
components:
  x: { framework: memif, role: ${role}, command: ${JSON.stringify(testpmd(role === "server" ? "client" : "server"))}${role === "client" ? ", context: opaque" : ""} }
paths: { up: lan -> x -> wan, down: wan -> x -> lan }
`;

describe.runIf(!why)("testpmd as a component", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  beforeAll(async () => {
    await platform.up();
    writeCapture(file("up.pcap"), packets(client, server));
    writeCapture(file("down.pcap"), packets(server, client));
  });
  afterAll(() => platform.remove());

  it.each(["server", "client"])("attaches where COVEN is the %s, and every packet goes on in its frame", async (role) => {
    const ports = {
      lan: { backend: "pcap" as const, in: file("up.pcap"), out: file("down-out.pcap"), rate: 2000 },
      wan: { backend: "pcap" as const, in: file("down.pcap"), out: file("up-out.pcap"), rate: 2000 },
    };
    const { instance } = await platform.deploy(packageOf({ "vnf.yaml": vnf(role), "x/about": "testpmd is the host's\n" }), `memif-${role}`, ports);
    await platform.replayed(instance, "lan", 20_000);
    const now = await platform.replayed(instance, "wan", 20_000);
    const items = (await platform.agents(instance)).find((agent) => agent.component === "x")?.items ?? [];
    await platform.undeploy(instance);
    expect({ ...now, dropped: {} }).toMatchObject({ received: 2 * count, created: 0, transmitted: 2 * count, in_flight: 0 });
    expect(hex(readCapture(file("up-out.pcap")))).toEqual(hex(packets(client, server)));
    expect(hex(readCapture(file("down-out.pcap")))).toEqual(hex(packets(server, client)));
    expect(Object.fromEntries(items.map((item) => [item.name, item.value]))).toMatchObject({ returned: 2 * count, rewritten: 0, made: 0, lost: 0, "in-rx_bytes": bytes + (role === "client" ? 38 * count : 0) });
  }, 60_000);
});
