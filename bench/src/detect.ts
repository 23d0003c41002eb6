/** How well the deployed firewall tells Skype: captures through the VNF on `pcap` ports, flow by flow against a ground truth. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Framework } from "@coven/contract";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, flowKey, flowOf, Platform, readCapture, root } from "@coven/testbed";
import type { Bench, Options } from "./main.ts";
import { row, type Row } from "./report.ts";

const filters = ["c", "python", "typescript", "javascript", "click"] as const satisfies Framework[];

/** Those that this host has. */
async function usable(): Promise<Framework[]> {
  const all = await Promise.all(filters.map(async (name) => ((await drivers(platformPaths())[name].fingerprint()).usable ? [name] : [])));
  return all.flat();
}

interface Truth { skype: boolean; tcp: boolean; paper: boolean }
interface Judged extends Truth { detected: boolean }

/** Ground truth by file and flow; flows that it does not name are not Skype. */
function truthFrom(file: string): Map<string, Map<string, boolean>> {
  const [head = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const columns = head.split("\t");
  const truth = new Map<string, Map<string, boolean>>();
  for (const line of lines) {
    const value = Object.fromEntries(line.split("\t").map((cell, i) => [columns[i], cell])) as Record<string, string>;
    const key = flowKey({ protocol: value.proto === "TCP" ? "tcp" : "udp", a: `${value.client}:${value.cport}`, b: `${value.server}:${value.sport}` });
    const flows = truth.get(value.file ?? "") ?? new Map<string, boolean>();
    truth.set(value.file ?? "", flows.set(key, value.skype === "1"));
  }
  return truth;
}

/** Packets per flow of a capture. */
function flowsOf(file: string): Map<string, number> {
  const flows = new Map<string, number>();
  for (const { bytes } of readCapture(file)) {
    const flow = flowOf(bytes);
    if (flow) flows.set(flowKey(flow), (flows.get(flowKey(flow)) ?? 0) + 1);
  }
  return flows;
}

async function judge(platform: Platform, packageId: string, name: string, capture: string, truth: Map<string, boolean>): Promise<Judged[]> {
  const out = join(platform.folder, "out.pcap");
  const instance = await platform.instantiate(packageId, name, { lan: { backend: "pcap", in: capture, rate: "full" }, wan: { backend: "pcap", out } });
  const now = await platform.replayed(instance, "lan", 60_000);
  await platform.undeploy(instance);
  const allowed = new Set(["component"]);
  const lost = Object.entries(now.dropped).filter(([reason]) => !allowed.has(reason));
  if (lost.length) throw new Error(`${capture}: lost packets: ${JSON.stringify(lost)}`);
  const after = flowsOf(out);
  return [...flowsOf(capture)].map(([key, packets]) => ({
    skype: truth.get(key) ?? false,
    tcp: key.startsWith("tcp"),
    paper: key.startsWith("tcp") && /:(80|443)( |$)/.test(key),
    detected: (after.get(key) ?? 0) < packets,
  }));
}

const share = (part: number, whole: number) => (whole === 0 ? Number.NaN : part / whole);

interface Figures { paper: Scope; tcp: Scope; falsePositives: number; flows: number }
interface Scope { precision: number; recall: number; flows: number }

function figuresOf(flows: Judged[]): Figures {
  const scope = (some: Judged[]): Scope => {
    const hits = some.filter((f) => f.detected && f.skype).length;
    return { precision: share(hits, some.filter((f) => f.detected).length), recall: share(hits, some.filter((f) => f.skype).length), flows: some.length };
  };
  return { paper: scope(flows.filter((f) => f.paper)), tcp: scope(flows.filter((f) => f.tcp)), falsePositives: flows.filter((f) => f.detected && !f.skype).length, flows: flows.length };
}

/** One round a filter: the verdicts must not depend on its language. */
function rowsOf(all: Figures[], languages: readonly string[]): Row[] {
  const note = (flows: number | undefined) => ({ note: `${flows} flows; a round each with the filter in ${languages.join(", ")}` });
  const [first] = all;
  return [
    row("precision-paper", "share", all.map((f) => f.paper.precision), note(first?.paper.flows)),
    row("recall-paper", "share", all.map((f) => f.paper.recall), note(first?.paper.flows)),
    row("precision-tcp", "share", all.map((f) => f.tcp.precision), note(first?.tcp.flows)),
    row("recall-tcp", "share", all.map((f) => f.tcp.recall), note(first?.tcp.flows)),
    row("false-positives", "flows", all.map((f) => f.falsePositives), note(first?.flows)),
  ];
}

async function run(options: Options): Promise<Row[]> {
  const captures = options.captures ?? join(root, "../shared/data/captures");
  const truthFile = options.truth ?? join(captures, "ground-truth.tsv");
  if (!existsSync(truthFile)) throw new Error(`there is no ground truth at ${truthFile}: name folders with --captures DIR --truth FILE`);
  const truth = truthFrom(truthFile);
  const files = readdirSync(captures).filter((name) => /\.pcap(ng)?$/.test(name)).sort();
  const platform = new Platform();
  try {
    await platform.up();
    const all: Figures[] = [];
    const languages = await usable();
    for (const filter of languages) {
      const packageId = await platform.onboard(await archiveOf(join(root, "examples/l7-firewall"), [`components.filter.framework=${filter}`]));
      const flows: Judged[] = [];
      for (const [n, file] of files.entries()) flows.push(...(await judge(platform, packageId, `detect-${filter}-${n}`, join(captures, file), truth.get(file) ?? new Map())));
      all.push(figuresOf(flows));
    }
    return rowsOf(all, languages);
  } finally {
    await platform.remove();
  }
}

export default { run, needsHosts: false, summary: "precision and recall on captures" } satisfies Bench;
