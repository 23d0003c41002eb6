import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "@coven/testbed";
import { expect, test } from "vitest";
import { filled, made, reportOf, resultsFolder } from "./performance.ts";
import { brief, svgOf, ticks } from "./plot.ts";
import { row } from "./report.ts";

const saved = (bench: string, rows: ReturnType<typeof row>[]) => ({ bench, machine: "a machine", date: "2026-01-02", rows });

test("a table has what was measured, says what is left out and why, and where the figures are from", () => {
  const rows = [row("ours", "µs", [10, 12, 11], { ratioTo: "theirs", ratio: 1.1 }), row("theirs", "µs", [10], { peer: true }), row("gone", "µs", [], { note: "not installed" })];
  const text = reportOf([saved("rtt", JSON.parse(JSON.stringify(rows)))]).blocks.get("rtt") ?? "";
  expect(text).toContain("| ours | 11 | 10 to 12 | µs | 3 | 1.10 of theirs |  |");
  expect(text).toContain("| theirs (peer) | 10 |");
  expect(text).toContain("- no `gone`: not installed");
  expect(text).not.toContain("| gone |");
  expect(text).toContain("Measured on 2026-01-02: a machine.");
});

test("a plot for each unit that several rows share, with the interval where there is one", () => {
  const many = row("ours", "µs", Array.from({ length: 10 }, (_, n) => 100 + n));
  const { plots } = reportOf([saved("firewall", [many, row("sleeping", "µs", [60], { peer: true }), row("alone", "ms", [1])])]);
  expect([...plots.keys()]).toEqual(["firewall.svg"]);
  const svg = plots.get("firewall.svg") ?? "";
  expect(svg.match(/<rect /g)).toHaveLength(4);
  expect(svg).toContain(">the prototype<");
  expect(svg).toContain(">1000 to 1300<");
  expect(svg.match(/stroke="#222"/g)).toHaveLength(6);
});

test("only what is between the marks is made anew", () => {
  const text = "before\n<!-- bench hop -->\nold\n<!-- end -->\nbetween\n<!-- bench rtt -->\n<!-- end -->\nafter";
  expect(filled(text, new Map([["hop", "new $& text"]]))).toBe("before\n<!-- bench hop -->\nnew $& text\n<!-- end -->\nbetween\n<!-- bench rtt -->\nNot measured yet.\n<!-- end -->\nafter");
});

test("axes end at round numbers, and figures have three digits", () => {
  expect(ticks(87)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(0.9)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect([brief(1_190_000), brief(563.4), brief(1.3049), brief(0)]).toEqual(["1.19 M", "563", "1.3", "0"]);
});

test("names can't break a plot", () => {
  expect(svgOf({ title: "<&>", unit: "u", bars: [{ name: 'a"<b', value: 1, kind: "ours" }] })).toContain("a&quot;&lt;b");
});

test("docs/performance.md and its plots are what the results beside it make", () => {
  const { text, plots } = made(resultsFolder);
  expect(readFileSync(join(root, "docs/performance.md"), "utf8")).toBe(text);
  for (const [name, svg] of plots) expect(readFileSync(join(resultsFolder, name), "utf8")).toBe(svg);
});
