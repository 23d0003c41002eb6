/** Open vSwitch classifies before a COVEN VNF and takes the NSH off behind it: two hosts talk through the firewall, each way on its service path. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { archiveOf, isolated, pause, Platform, Rig, root, run, Switch } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { has } from "./programs.ts";

const ready = has("ovs-vswitchd", "Open vSwitch around a VNF") && has("ovsdb-server", "Open vSwitch around a VNF");
if (!isolated) console.log("SKIP Open vSwitch around a VNF: this does not run under tools/isolate.sh");

/** Ports of the switch: 1 client, 2 server, 3 the VNF's lan, 4 its wan. */
const encapsulate = (from: number, spi: number, to: number, mark = 0) =>
  `in_port=${from},actions=encap(nsh(md_type=1)),set_field:${spi}->nsh_spi,set_field:255->nsh_si,set_field:0x${mark.toString(16).padStart(2, "0")}223344->nsh_c1,encap(ethernet),set_field:02:00:00:00:00:99->eth_dst,output:${to}`;
const decapsulate = (from: number, spi: number, to: number) => `in_port=${from},eth_type=0x894f,nsh_spi=${spi},nsh_si=254,actions=decap(),decap(),output:${to}`;
const flows = [encapsulate(1, 10, 3), encapsulate(2, 11, 4), decapsulate(4, 10, 2), decapsulate(3, 11, 1)];

describe.runIf(isolated && ready)("between two Open vSwitch ports", () => {
  const platform = new Platform();
  const folder = mkdtempSync(path(process.env.COVEN_TMP ?? tmpdir(), "cov-ovs-"));
  const vswitch = new Switch(folder);
  let rig: Rig;

  beforeAll(async () => {
    rig = new Rig(platform.folder);
    for (const [one, other] of [["ovs-lan", "vnf-lan"], ["ovs-wan", "vnf-wan"]] as const) {
      run("ip", ["link", "add", one, "type", "veth", "peer", "name", other]);
      for (const name of [one, other]) run("ip", ["link", "set", name, "up", "mtu", "1600"]);
    }
    await Promise.all([platform.up(), vswitch.up([rig.lan, rig.wan, "ovs-lan", "ovs-wan"], flows)]);
  });
  afterAll(async () => {
    await platform.remove();
    await vswitch.remove();
    rig.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const ping = (count: number): string => {
    try {
      return rig.client.output("ping", ["-c", String(count), "-i", "0.2", "-W", "2", "-s", "1000", rig.addresses.server]);
    } catch (problem) {
      return `${String((problem as { stdout?: string }).stdout)}\n${vswitch.flows()}`;
    }
  };

  it("a context that the switch sets is read by the filter, which drops what is marked", async () => {
    vswitch.add(encapsulate(1, 10, 3, 1));
    const { instance } = await platform.deploy(await archiveOf(path(root, "examples/l7-firewall")), "marked", {
      lan: { backend: "af_packet", interface: "vnf-lan" }, wan: { backend: "af_packet", interface: "vnf-wan" },
    });
    const answer = ping(2);
    const { dropped } = await platform.statistics(instance);
    await platform.undeploy(instance);
    vswitch.add(encapsulate(1, 10, 3));
    expect(answer).toMatch(/ 0 received/);
    expect(Object.keys(dropped)).toEqual(["component"]);
  });

  it.each(["python", "c", "typescript"])("ping passes the firewall (filter in %s), NSH and all", async (framework) => {
    const archive = await archiveOf(path(root, "examples/l7-firewall"), [`components.filter.framework=${framework}`]);
    const ports = { lan: { backend: "af_packet", interface: "vnf-lan", record: path(folder, `lan-${framework}.pcap`) }, wan: { backend: "af_packet", interface: "vnf-wan" } } as const;
    const { instance } = await platform.deploy(archive, `chained-${framework}`, ports);
    const answer = ping(5);
    await pause(200);
    const statistics = await platform.statistics(instance);
    await platform.undeploy(instance);
    expect(answer).toMatch(/5 packets transmitted, 5 received/);
    expect(statistics.dropped).toEqual({});
    expect(statistics.received).toBe(statistics.transmitted + statistics.in_flight);
    expect(statistics.received).toBeGreaterThanOrEqual(10);
  });
});
