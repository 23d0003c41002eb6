/** What the NSH Processor costs a packet: engine/nshp/examples/figures.rs, which measures its functions on frames of a pool. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { row, type Row } from "./report.ts";

const notes: Record<string, string> = {
  "proxy-overhead": "NSH off and on again, MD type 1",
  "aware-overhead": "checked on the way in, SI stepped on the way out",
  "forward-overhead": "TTL, next hop",
  "classify-hit": "1,000 rules, 1,024 flows that are known",
  "classify-miss": "1,000 rules, of which the last fits, every packet a new flow",
};

const bench: Bench = {
  summary: "cost of NSH a packet, by role; classification of known and new flows",
  needsHosts: false,
  run: ({ rounds = 20 }): Promise<Row[]> => {
    const words = ["run", "--release", "--quiet", "--locked", "--package", "coven-nshp", "--example", "figures", String(rounds)];
    const printed = execFileSync("cargo", words, { cwd: join(root, "engine"), encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const figures = printed.trim().split("\n").map((line) => line.split(" "));
    const of = (name: string) => figures.filter(([one]) => one === name).map(([, value]) => Number(value));
    return Promise.resolve(Object.entries(notes).map(([name, note]) => row(name, "ns/packet", of(name), { note })));
  },
};
export default bench;
