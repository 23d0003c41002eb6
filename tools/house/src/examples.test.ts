/** docs/examples.md lists every package of examples/, with the frameworks that its vnf.yaml names and a test that is there. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/examples.md"), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| [")).map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1));
const target = (cell = "") => /\]\(\.\.\/([^)]+)\)/.exec(cell)?.[1] ?? "";
const listed = rows.map(([name]) => target(name));

const packages = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
  .filter((file) => /(^|\/)vnf\.yaml$/.test(file) && !/node_modules|\/(build|dist)\//.test(file))
  .map((file) => join("examples", dirname(file)));

it("lists every package, and nothing else", () => expect(listed.toSorted()).toEqual(packages.toSorted()));

it.each(rows)("%s: its frameworks are those of its vnf.yaml, its test is there", (name, _what, languages, _run, test) => {
  const descriptor = readFileSync(join(root, target(name), "vnf.yaml"), "utf8");
  const frameworks = [...descriptor.matchAll(/\bframework: (\w+)/g)].map((match) => match[1]);
  for (const framework of frameworks) expect(languages?.split(/, /)).toContain(framework);
  expect(existsSync(join(root, target(test))), `${target(test)} has to be there`).toBe(true);
});
