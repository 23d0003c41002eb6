/** A chain of COVEN VNFs: one classifies, the firewall works in the middle, another one takes the NSH off; and the same for the way back. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import type { PortBinding } from "@coven/contract";
import { archiveOf, isolated, pause, Platform, readCapture, readNsh, Rig, root, run } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

if (!isolated) console.log("SKIP a chain of VNFs: this does not run under tools/isolate.sh");

/** One end of the chain: what comes from outside gets `out`, what comes from the chain on `back` loses its NSH. */
const edgeOfChain = (out: number, back: number) => `vnf: edge
version: 1.0.0
connectionPoints: { outside: { nsh: classify }, chain: { nsh: proxy } }
paths: { out: outside -> chain, back: chain -> outside }
nsh:
  paths: { out: { spi: ${out} }, back: { spi: ${back}, context: opaque } }
  classify: [ { path: out } ]
`;

describe.runIf(isolated)("three VNFs in a chain", () => {
  const platform = new Platform();
  let rig: Rig;

  beforeAll(async () => {
    rig = new Rig(platform.folder);
    for (const [one, other] of [["near-edge", "near-fw"], ["far-edge", "far-fw"]] as const) {
      run("ip", ["link", "add", one, "type", "veth", "peer", "name", other]);
      for (const name of [one, other]) run("ip", ["link", "set", name, "up", "mtu", "1600"]);
    }
    await platform.up();
  });
  afterAll(async () => {
    await platform.remove();
    rig.remove();
  });

  /** What ping says, whether it got answers or not. */
  const ping = (): string => {
    try {
      return rig.client.output("ping", ["-c", "5", "-i", "0.2", "-W", "5", "-s", "1200", rig.addresses.server]);
    } catch (problem) {
      return String((problem as { stdout?: string }).stdout);
    }
  };
  const nic = (name: string): PortBinding => ({ backend: "af_packet", interface: name });

  async function edge(name: string, out: number, back: number, ports: Record<string, PortBinding>): Promise<string> {
    const folder = path(platform.folder, name);
    mkdirSync(folder);
    writeFileSync(path(folder, "vnf.yaml"), edgeOfChain(out, back));
    return (await platform.deploy(await archiveOf(folder), name, ports)).instance;
  }

  it("two hosts talk through it, and each service path has its index", async () => {
    const record = path(platform.folder, "middle.pcap");
    const near = await edge("near", 10, 11, { outside: nic(rig.lan), chain: nic("near-edge") });
    const far = await edge("far", 11, 10, { outside: nic(rig.wan), chain: nic("far-edge") });
    const { instance } = await platform.deploy(await archiveOf(path(root, "examples/l7-firewall")), "middle", { lan: { ...nic("near-fw"), record } as PortBinding, wan: nic("far-fw") });
    const answer = ping();
    await pause(200);
    const all = await Promise.all([near, instance, far].map((one) => platform.statistics(one)));
    for (const one of [near, instance, far]) await platform.undeploy(one);

    expect(answer, JSON.stringify(all.map(({ dropped, nsh, ports }) => ({ dropped, nsh, ports })), null, 1)).toMatch(/5 packets transmitted, 5 received/);
    expect(all.map(({ dropped }) => Object.keys(dropped).filter((reason) => reason !== "no_route"))).toEqual([[], [], []]);
    const seen = readCapture(record).flatMap(({ bytes }) => readNsh(bytes) ?? []);
    const paths = new Set(seen.map(({ spi, si, ttl }) => `${spi} ${si} ${ttl}`));
    expect([...paths].sort()).toEqual(["10 255 63", "11 254 63"]);
    expect(seen.filter(({ inner }) => inner.readUInt16BE(12) === 0x0800).length).toBeGreaterThanOrEqual(10);
  });
});
