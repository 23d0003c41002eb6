/** docs/nsh.md lists the rules and their tests: both are there, and nothing else is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nshModes } from "@coven/contract";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const docs = read("docs/nsh.md");
const rows = docs.split("\n").filter((line) => /^\| T\d+ \|/.test(line)).map((line) => line.split("|").map((cell) => cell.trim()));
const words = (cell = "") => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? "");

describe("the table of rules", () => {
  it("has T1 to T13, each with its section", () => {
    expect(rows.map((row) => row[1])).toEqual(Array.from({ length: 13 }, (_, index) => `T${index + 1}`));
    for (const row of rows) expect(row[3], row[1]).toMatch(/^RFC \d{4} §\d/);
  });

  it("names every test of a rule, and only tests that are there", () => {
    const tests = [...read("engine/nshp/tests/rules.rs").matchAll(/#\[test\]\nfn (\w+)/g)].map((match) => match[1]);
    expect(rows.flatMap((row) => words(row[5])).sort()).toEqual(tests.sort());
    for (const row of rows) for (const test of words(row[5])) expect(test).toMatch(new RegExp(`^t${row[1]?.slice(1).padStart(2, "0")}_`));
  });

  it("names reasons of the catalogue, and each of those for NSH", () => {
    const reasons = [...(read("spec/channel.toml").split("[enum.reason]")[1] ?? "").matchAll(/^(\w+) = /gm)].map((match) => match[1]);
    const named = new Set([...docs.matchAll(/`(nsh_\w+|truncated)`/g)].map((match) => match[1]));
    expect([...named].filter((reason) => !reasons.includes(reason))).toEqual([]);
    expect(reasons.filter((reason) => reason?.startsWith("nsh_") && !named.has(reason))).toEqual([]);
  });
});

it("every role is explained", () => {
  const explained = docs.split("\n").flatMap((line) => /^\| `(\w+)` \|/.exec(line)?.[1] ?? []);
  expect(explained).toEqual([...nshModes]);
});
