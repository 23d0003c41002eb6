/** Every framework that a component can be written in, and what of the suite it can't have, and why. docs/conformance.md shows it. */
import { join } from "node:path";
import { type Framework, languageFrameworks, type PpsDriver } from "@coven/contract";
import { drivers, outsideDrivers, platformPaths } from "@coven/pps";
import { root } from "@coven/testbed";

export const points = ["start", "verdicts", "named output", "unknown output", "context", "agent", "crash", "hang", "stop", "restart", "full edge: drop", "full edge: block", "nothing left"] as const;
export type Point = (typeof points)[number];

export interface Subject {
  name: string;
  /** Its keys in vnf.yaml, beside source and outputs. */
  words: string;
  /** Folder in conformance/suite; none where the program is the host's. */
  source?: string;
  /** As what a packet is counted that was sent to an output that is not there. */
  unknown: string;
  /** Items of its agent, as they are after the first round. */
  agent: Record<string, unknown>;
  /** What it can't have, and why: everything else has to hold. */
  not: Partial<Record<Point, string>>;
}

const sdk = (name: string): Subject => ({
  name, words: `framework: ${name}, context: opaque`, source: name, unknown: name === "c" || name === "cpp" || name === "rust" ? "component" : "component_error", agent: { seen: 100, mark: 7 }, not: {},
});

/** testpmd between the two interfaces. */
const testpmd = [
  "dpdk-testpmd", "--no-huge", "-m", "128", "--no-pci", "--no-shconf", "--no-telemetry", "--lcores=(0-1)@(0-1)",
  ...["in", "out"].map((name, n) => `--vdev=net_memif${n},role=client,socket={folder}/${name}.sock,socket-abstract=no`),
  "--", "--auto-start", "--forward-mode=io", "--no-flush-rx", "--total-num-mbufs=4096", "--stats-period=3600",
];

const noOutput = "an output that is not there is an interface that is not there";
export const subjects: Subject[] = [
  ...languageFrameworks.map(sdk),
  { name: "netdev", words: "framework: netdev, context: opaque, command: [python3, -u, main.py]", source: "netdev", unknown: "", agent: { returned: 50, lost: 50 }, not: { "unknown output": noOutput } },
  { name: "click", words: "framework: click", source: "click", unknown: "", agent: { returned: 50, lost: 50, "seen-count": 100 }, not: { "unknown output": noOutput } },
  { name: "memif", words: `framework: memif, role: server, command: ${JSON.stringify(testpmd)}`, unknown: "", agent: { returned: 100, lost: 0 }, not: { verdicts: "testpmd forwards all", "named output": "testpmd has one way", "unknown output": noOutput } },
  { ...sdk("lua"), unknown: "component", agent: { seen: 100 } },
];

export const luaFolder = join(root, "examples/frameworks/lua");
process.env.COVEN_FRAMEWORKS = luaFolder;

export function driverOf(name: string): PpsDriver {
  const driver = { ...drivers(platformPaths()), ...outsideDrivers(platformPaths()) }[name as Framework];
  if (!driver) throw new Error(`there is no framework ${name}`);
  return driver;
}
