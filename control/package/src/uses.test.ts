import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { besides, hasUses, parseVnf, takeUses, validateVnf } from "./index.ts";

let room: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), "coven-uses-"));
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

function made(folder: string, vnf: string, version: string, components: string, files: Record<string, string> = {}): string {
  const text = `vnf: ${vnf}\nversion: ${version}\nconnectionPoints: { lan: {}, wan: {} }\ncomponents:\n${components.replace(/^/gm, "  ")}\npaths: { up: lan -> a -> wan }\n`;
  for (const [name, content] of Object.entries({ "vnf.yaml": text, ...files })) {
    mkdirSync(join(room, folder, name, ".."), { recursive: true });
    writeFileSync(join(room, folder, name), content);
  }
  return join(room, folder);
}

/** The package that uses something; what it then is. */
async function taken(use: string, more = ""): Promise<Record<string, unknown>> {
  const folder = made("mine", "mine", "1.0.0", `a: { use: ${use}${more} } # why`);
  await takeUses(folder, besides(folder));
  const { vnf, positions } = parseVnf(readFileSync(join(folder, "vnf.yaml"), "utf8"), "vnf.yaml");
  validateVnf(vnf, positions, { folder });
  return vnf.components?.a as Record<string, unknown>;
}

const said = (use: string) => taken(use).then(() => "nothing", (error: Error) => error.message);

describe("a component of another package", () => {
  beforeEach(() => {
    made("other", "other", "1.2.3", "f: { framework: python, onCrash: drop, settings: { rate: 5, burst: 1 } }", { "f/main.py": "pass\n", "f/build/x": "left out" });
  });

  it("comes with its source and what is said of it; what is said here counts more", async () => {
    expect(await taken("other/1.2/f", ", onCrash: bypass, settings: { rate: 9 }")).toEqual({ framework: "python", onCrash: "bypass", settings: { rate: 9, burst: 1 }, source: "used/a/" });
    expect(readFileSync(join(room, "mine/used/a/main.py"), "utf8")).toBe("pass\n");
    expect(() => readFileSync(join(room, "mine/used/a/build/x"))).toThrow();
  });

  it("may itself be taken from another", async () => {
    made("between", "between", "2.0.0", "g: { use: other/1/f, onCrash: hold }");
    expect(await taken("between/2.0/g")).toMatchObject({ framework: "python", onCrash: "hold", source: "used/a/" });
  });

  it("is the latest that the version fits", async () => {
    made("newer", "other", "1.2.10", "f: { framework: c }", { "f/main.c": "int main(void) { return 0; }\n" });
    expect(await taken("other/1.2/f")).toMatchObject({ framework: "c" });
    expect(await taken("other/1.2.3/f")).toMatchObject({ framework: "python" });
  });

  it("may be prebuilt", async () => {
    made("other", "other", "1.2.3", "f: { framework: c, artifact: { x86_64: bin/f } }", { "bin/f": "program" });
    expect(await taken("other/1.2/f")).toEqual({ framework: "c", artifact: { x86_64: "used/a/x86_64/f" } });
    expect(readFileSync(join(room, "mine/used/a/x86_64/f"), "utf8")).toBe("program");
  });

  it("that is not there is told, with place", async () => {
    expect(await said("nobody/1/f")).toBe(`vnf.yaml:5:13: component a uses nobody/1/f: there is no package nobody beside this one, in ${room}`);
    expect(await said("other/1.2/g")).toBe("vnf.yaml:5:13: component a uses other/1.2/g: that package has no component g; it has f");
    expect(await said("other/2/f")).toBe("vnf.yaml:5:13: component a uses other/2/f, but the versions that there are of it are 1.2.3");
    expect(await said("other/f")).toMatch(/^vnf.yaml:5:13: component a uses other\/f: the form is PACKAGE\/VERSION\/COMPONENT/);
    expect(await said("other/1.20/f")).toMatch(/the versions that there are of it are 1.2.3$/);
  });

  it("that leads back to itself is told", async () => {
    made("one", "one", "1", "f: { use: two/1/f }");
    made("two", "two", "1", "f: { use: one/1/f }");
    expect(await said("one/1/f")).toBe("vnf.yaml:5:13: component a comes back to where it is used: one/f -> two/f -> one/f");
  });

  it("of a package without any is nothing", async () => {
    const folder = join(room, "other");
    const before = readFileSync(join(folder, "vnf.yaml"), "utf8");
    await takeUses(folder, besides(folder));
    expect(readFileSync(join(folder, "vnf.yaml"), "utf8")).toBe(before);
    expect([hasUses(before, "vnf.yaml"), hasUses(before.replace("framework: python", "use: x/1/y"), "vnf.yaml")]).toEqual([false, true]);
  });
});
