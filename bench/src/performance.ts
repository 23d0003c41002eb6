/** `coven bench report`: the tables of docs/performance.md and its plots, from the results beside it (docs/performance/NAME.json). */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "@coven/testbed";
import { type Bar, brief, type Plot, svgOf } from "./plot.ts";
import type { Result, Row } from "./report.ts";

export const resultsFolder = join(root, "docs/performance");
const page = join(root, "docs/performance.md");

/** A result as it was saved: figures that there are none of are null there. */
type Saved = Result & { date: string };

/** What people expect beside the figures though nobody measures it here. */
const prototype: Bar = { name: "the prototype", from: 1000, value: 1300, kind: "past" };
type Drawing = Pick<Plot, "title" | "log"> & { past?: Bar };
const drawings: Record<string, Drawing> = {
  firewall: { title: "Round trip through the L7 firewall, by languages (the paper's figure 3)", log: true, past: prototype },
  hop: { title: "Through one component and back" },
  threads: { title: "By threads of the engine, each on a CPU" },
  chain: { title: "Cost of a component in a chain" },
  languages: { title: "Through one component, by language" },
  wire: { title: "From interface to interface, 64-byte packets" },
  rtt: { title: "Round trip through one component" },
  iperf: { title: "TCP through one component" },
  deploy: { title: "From the request to the first packet" },
  netdev: { title: "A program that knows only interfaces" },
  nsh: { title: "What NSH costs" },
};

export interface Report { blocks: Map<string, string>; plots: Map<string, string> }

const has = (row: Row): boolean => Number.isFinite(row.median) && row.rounds > 0;

function barOf({ name, median, min, max, ci95, peer }: Row): Bar {
  return { name, value: median, spread: ci95 ? [median - ci95, median + ci95] : [min, max], kind: peer ? "peer" : "ours" };
}

/** A plot for each unit that several rows have. */
function plotsOf({ bench, rows }: Saved): [file: string, svg: string][] {
  const drawing = drawings[bench];
  if (!drawing) return [];
  const { past, ...shape } = drawing;
  const units = [...new Set(rows.filter(has).map(({ unit }) => unit))];
  const several = units.map((unit) => rows.filter((row) => row.unit === unit && has(row))).filter((some) => some.length > 1);
  return several.map((some, n) => {
    const bars = [...some.map(barOf), ...(past ? [past] : [])];
    return [`${bench}${n > 0 ? `-${n + 1}` : ""}.svg`, svgOf({ ...shape, unit: some[0]?.unit ?? "", bars })];
  });
}

const cells = (all: readonly string[]) => `| ${all.join(" | ")} |`;

function tableOf(rows: readonly Row[]): string[] {
  const line = (row: Row) => [
    row.peer ? `${row.name} (peer)` : row.name, brief(row.median), row.ci95 ? `± ${brief(row.ci95)}` : `${brief(row.min)} to ${brief(row.max)}`, row.unit, String(row.rounds),
    row.ratio ? `${row.ratio.toFixed(2)} of ${row.ratioTo}` : "", row.note ?? "",
  ];
  return [cells(["row", "median", "95 % interval, or lowest and highest", "unit", "rounds", "ratio", "note"]), cells(Array(7).fill("---")), ...rows.filter(has).map((row) => cells(line(row)))];
}

function blockOf(saved: Saved, plots: readonly string[]): string {
  const without = saved.rows.filter((row) => !has(row)).map(({ name, note }) => `- no \`${name}\`: ${note ?? "it gave no figure"}`);
  const images = plots.map((file) => `![${drawings[saved.bench]?.title ?? saved.bench}](performance/${file})`);
  return [...images, "", ...tableOf(saved.rows), "", ...(without.length ? [...without, ""] : []), `Measured on ${saved.date}: ${saved.machine}.`].join("\n").trim();
}

export function reportOf(results: readonly Saved[]): Report {
  const report: Report = { blocks: new Map(), plots: new Map() };
  for (const saved of results) {
    const plots = plotsOf(saved);
    for (const [file, svg] of plots) report.plots.set(file, svg);
    report.blocks.set(saved.bench, blockOf(saved, plots.map(([file]) => file)));
  }
  return report;
}

/** The text with what is between `<!-- bench NAME -->` and `<!-- end -->` made anew. */
export function filled(text: string, blocks: ReadonlyMap<string, string>): string {
  return text.replace(/<!-- bench (\w+) -->[\s\S]*?<!-- end -->/g, (_, name: string) => `<!-- bench ${name} -->\n${blocks.get(name) ?? "Not measured yet."}\n<!-- end -->`);
}

export function resultsIn(folder: string): Saved[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
  return files.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Saved);
}

/** For the next report. A part of a bench (--rows) takes its rows' places in what was saved before. */
export function save(folder: string, result: Result, part: boolean): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.bench}.json`);
  const before = part && existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Saved).rows : [];
  const kept = before.filter(({ name }) => !result.rows.some((row) => row.name === name));
  const saved: Saved = { ...result, rows: [...kept, ...result.rows], date: new Date().toISOString().slice(0, 10) };
  writeFileSync(file, `${JSON.stringify(saved, null, 1)}\n`);
}

/** The page as results say, and the plots that it shows. */
export function made(from: string): { text: string; plots: Map<string, string> } {
  const { blocks, plots } = reportOf(resultsIn(from));
  return { text: filled(readFileSync(page, "utf8"), blocks), plots };
}

export function writeReport(from: string): string[] {
  const { text, plots } = made(from);
  const files = [...plots].map(([name, svg]) => [join(resultsFolder, name), svg] as const);
  for (const [file, content] of [[page, text] as const, ...files]) writeFileSync(file, content);
  return [page, ...files.map(([file]) => file)];
}
