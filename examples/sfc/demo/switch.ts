/** What classifies, forwards and ends the chain: Open vSwitch where it is installed, else a COVEN VNF. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, type Platform, root, Switch } from "@coven/testbed";
import { type Link, links } from "./network.ts";

export interface Middle { name: string; remove(): Promise<void> }

export const tenant = 7;
const spi = 10;
const order = Object.keys(links) as Link[];
const port = (link: Link) => order.indexOf(link) + 1;

/** UDP from the client enters the chain; the rest, and what the server answers, goes straight. */
const flows = [
  `in_port=${port("client")},priority=1,actions=output:${port("server")}`,
  `in_port=${port("client")},udp,actions=encap(nsh(md_type=1)),set_field:${spi}->nsh_spi,set_field:255->nsh_si,set_field:${tenant}->nsh_c1,encap(ethernet),set_field:02:00:00:00:00:99->eth_dst,output:${port("to-marker")}`,
  `in_port=${port("from-marker")},eth_type=0x894f,nsh_spi=${spi},nsh_si=254,actions=dec_nsh_ttl,output:${port("to-gate")}`,
  `in_port=${port("from-gate")},eth_type=0x894f,nsh_spi=${spi},nsh_si=253,actions=decap(),decap(),output:${port("server")}`,
  `in_port=${port("server")},actions=output:${port("client")}`,
];

const isThere = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0;
/** COVEN_DEMO_NO_OVS: without it, also where it is there. */
export const hasOpenVswitch = () => !process.env.COVEN_DEMO_NO_OVS && ["ovs-vswitchd", "ovsdb-server", "ovs-vsctl", "ovs-ofctl"].every(isThere);

export async function openVswitch(folder: string): Promise<Middle> {
  mkdirSync(folder, { recursive: true });
  const vswitch = new Switch(folder);
  try {
    await vswitch.up(order.map((link) => links[link]), flows);
  } catch (problem) {
    await vswitch.remove();
    throw problem;
  }
  return { name: "Open vSwitch", remove: () => vswitch.remove() };
}

export async function covenSwitch(platform: Platform): Promise<Middle> {
  const ports = Object.fromEntries(order.map((link) => [link, { backend: "af_packet" as const, interface: links[link] }]));
  const { instance } = await platform.deploy(await archiveOf(join(root, "examples/sfc/switch")), "switch", ports);
  return { name: "COVEN's own switch", remove: () => platform.undeploy(instance) };
}
