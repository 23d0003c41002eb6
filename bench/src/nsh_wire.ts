/** Encapsulation and decapsulation from interface to interface: client -> classifier -> veth pair -> end of the path -> server. What puts
 * the NSH on and what takes it off are on CPU 1: one VNF instance of ours, or Open vSwitch's userspace datapath. The source
 * sends as fast as it can from CPU 0; the rate is that of the packets that arrive. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PortBinding } from "@coven/contract";
import { Rig } from "@coven/testbed";
import { ovsMissing, ovsSwitch } from "./ovs.ts";
import { Plane } from "./plane.ts";
import { type Row, withRatios } from "./report.ts";
import { absent, type Entrant, inTurn } from "./rounds.ts";
import { trial } from "./source.ts";
import type { Forwarder } from "./wires.ts";

const unit = "packets/s";
const trial_ms = 1000;
const spi = 10;
const cpu = 1;
/** The two ends of the wire between them. */
const middle = ["nsh-a", "nsh-b"] as const;

const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });

type Backend = "af_xdp" | "af_packet";

const portOf = (backend: Backend) => (name: string) => ({ backend, interface: name }) as PortBinding;
const cpus = { engine: cpu, components: cpu };

/** One instance with all four ends, as the switch has them. */
async function ours(rig: Rig, backend: Backend): Promise<Forwarder> {
  const port = portOf(backend);
  const plane = await Plane.open({
    components: {}, cpus, paths: { on: "lan -> near", off: "far -> wan" },
    ports: { lan: port(rig.lan), near: port(middle[0]), far: port(middle[1]), wan: port(rig.wan) },
    roles: { lan: "classify", near: "proxy", far: "proxy", wan: "terminate" },
    nsh: { paths: { on: { spi }, off: { spi, context: "opaque" } }, classify: [{ path: "on" }] },
  });
  await plane.ask("start");
  return { pids: plane.pids, remove: () => plane.remove() };
}

const flows = [
  `in_port=1,actions=encap(nsh(md_type=1)),set_field:${spi}->nsh_spi,set_field:255->nsh_si,encap(ethernet),set_field:02:00:00:00:00:99->eth_dst,output:3`,
  `in_port=4,eth_type=0x894f,nsh_spi=${spi},actions=decap(),decap(),output:2`,
];

async function within(start: (rig: Rig) => Promise<Forwarder>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "nsh-wire-"));
  const rig = new Rig(folder);
  try {
    ip("link", "add", middle[0], "type", "veth", "peer", "name", middle[1]);
    for (const name of middle) ip("link", "set", name, "up", "mtu", "1600");
    const forwarder = await start(rig);
    try {
      return (await trial(rig, folder, forwarder, "full", trial_ms)).arrived;
    } finally {
      await forwarder.remove();
    }
  } finally {
    rig.remove();
    ip("link", "delete", middle[0]);
    rmSync(folder, { recursive: true, force: true });
  }
}

const note = "64-byte packets, NSH on and off, both on one CPU";
const coven = (backend: Backend): Entrant => ({ name: `coven-encap-decap-${backend}`, unit, note: `${note}: one instance`, round: () => within((rig) => ours(rig, backend)) });

function peer(): Entrant {
  const missing = ovsMissing();
  const start = (rig: Rig) => ovsSwitch([rig.lan, rig.wan, ...middle], cpu, flows);
  return missing ? absent("ovs-encap-decap", unit, missing) : { name: "ovs-encap-decap", unit, peer: true, note: `${note}: one switch`, round: () => within(start) };
}

export async function wireRows(rounds: number): Promise<Row[]> {
  const rows = await inTurn(rounds, [coven("af_packet"), coven("af_xdp"), peer()]);
  return withRatios(rows, { "coven-encap-decap-af_packet": "ovs-encap-decap", "coven-encap-decap-af_xdp": "ovs-encap-decap" });
}
