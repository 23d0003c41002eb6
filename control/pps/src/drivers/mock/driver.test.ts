import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { mockDriver } from "./driver.ts";

driverConformance({
  driver: () => mockDriver(platformPaths()),
  component: { framework: "mock" },
  good: { "mock.json": "{}" },
  stubborn: { "mock.json": '{ "ignore_sigterm": true }' },
  broken: { "mock.json": '{\n  "exit_code" 3\n}' },
  where: /source\/mock\.json:2:15: /,
});

test("the program's offsets are those of spec/channel.toml", () => {
  const spec = parse(readFileSync(new URL("../../../../../spec/channel.toml", import.meta.url), "utf8")) as Record<string, Record<string, [number, string]>>;
  const program = readFileSync(new URL("program.mjs", import.meta.url), "utf8");
  const stated = Object.entries(JSON.parse((/offset = (\{.*?\})/.exec(program)?.[1] ?? "").replace(/(\w+):/g, '"$1":')));
  expect(stated.length).toBe(8);
  for (const [name, at] of stated) expect([name, (spec.header?.[name] ?? spec.slot?.[name])?.[0]]).toEqual([name, at]);
});
