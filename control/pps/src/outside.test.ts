import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { knownFrameworks, outsideDrivers } from "./outside.ts";
import { platformPaths } from "./paths.ts";

let folder: string;
const before = process.env.COVEN_FRAMEWORKS;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "framework-"));
  process.env.COVEN_FRAMEWORKS = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.COVEN_FRAMEWORKS;
  else process.env.COVEN_FRAMEWORKS = before;
});
const describe = (text: string) => writeFileSync(join(folder, "framework.yaml"), text);
const sound = "framework: awk\nentry: main.awk\nfingerprint: [sh, -c, echo awk 7]\nversion: awk (.*)\nprepare: [sh, -c, 'grep -q sound {entry} || { echo {entry}:1: not sound; exit 1; }']\nstart: ['{framework}/run', '{source}', '{out}', '{entry}', '{nothing}']\nenv: { PLACE: '{framework}' }\n";

test("its words are filled in, and its version is read", async () => {
  describe(sound);
  const driver = outsideDrivers(platformPaths()).awk;
  expect(knownFrameworks()).toContain("awk");
  expect(await driver?.fingerprint()).toEqual({ usable: true, version: "7", reason: null });
  writeFileSync(join(folder, "main.awk"), "sound");
  expect(await driver?.prepare({ framework: "awk" }, "x", folder, "/out")).toEqual({ command: [`${folder}/run`, folder, "/out", "main.awk", "{nothing}"], cwd: folder, env: { PLACE: folder } });
  writeFileSync(join(folder, "main.awk"), "bad");
  await expect(driver?.prepare({ framework: "awk", source: "x/" }, "x", folder, "/out")).rejects.toThrow("component x does not compile: x/main.awk:1: not sound");
  await expect(driver?.prepare({ framework: "awk", entry: "other" }, "x", folder, "/out")).rejects.toThrow("other: there is no such file");
});

test("what the host lacks is told in the program's own words", async () => {
  describe(sound.replace("[sh, -c, echo awk 7]", "[sh, -c, 'echo there is no awk >&2; exit 1']"));
  expect(await outsideDrivers(platformPaths()).awk?.fingerprint()).toMatchObject({ usable: false, reason: expect.stringContaining("there is no awk") });
  describe(sound.replace("echo awk 7", "echo gawk"));
  expect(await outsideDrivers(platformPaths()).awk?.fingerprint()).toMatchObject({ usable: false, reason: expect.stringContaining("does not say a version that fits /awk (.*)/") });
});

test.each([
  ["no file", undefined, /framework\.yaml: there is no such file; COVEN_FRAMEWORKS names folders that hold one/],
  ["no YAML", "a: [", /framework\.yaml: /],
  ["a word too many", `${sound}colour: red\n`, /framework\.yaml: colour: /],
  ["a word too few", sound.replace(/^start.*\n/m, ""), /framework\.yaml: start: /],
  ["a name that is taken", sound.replace("framework: awk", "framework: python"), /there is a framework python already/],
])("%s is refused with the file's name", (_, text, told) => {
  if (text !== undefined) describe(text);
  expect(() => outsideDrivers(platformPaths())).toThrow(told);
});
