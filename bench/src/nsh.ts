/** What the NSH Processor costs a packet: in the hop (nsh_hop.ts), by its functions on frames of a pool (engine/nshp/examples/figures.rs),
 * and on the wire beside Open vSwitch (nsh_wire.ts). */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { hopRows } from "./nsh_hop.ts";
import { wireRows } from "./nsh_wire.ts";
import { row, type Row } from "./report.ts";

const notes: Record<string, string> = {
  proxy: "NSHP's functions alone: NSH off and on again, MD type 1",
  aware: "NSHP's functions alone: checked on the way in, SI stepped on the way out",
  forward: "NSHP's functions alone: TTL, next hop",
  "classify-hit": "1,000 rules of prefixes, ranges and payloads, 10,000 flows that are known, IPv4 and IPv6",
  "classify-miss": "the same rules, every packet a new flow",
};

function functionRows(rounds: number): Row[] {
  const words = ["run", "--release", "--quiet", "--locked", "--package", "coven-nshp", "--example", "figures", String(rounds)];
  const printed = execFileSync("cargo", words, { cwd: join(root, "engine"), encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const figures = printed.trim().split("\n").map((line) => line.split(" "));
  const of = (name: string) => figures.filter(([one]) => one === name).map(([, value]) => Number(value));
  return Object.entries(notes).map(([name, note]) => row(name, "ns/packet", of(name), { note }));
}

const bench: Bench = {
  summary: "cost of NSH a packet, in the hop and by role; classification of known and new flows; encapsulation beside Open vSwitch",
  needsHosts: true,
  run: async ({ rounds = 10 }): Promise<Row[]> => [...(await hopRows(rounds)), ...functionRows(rounds), ...(await wireRows(rounds))],
};
export default bench;
