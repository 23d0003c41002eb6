/** Packages that are refused: the sentence names what and where, and nothing is left behind. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Platform, zipOf } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coven, type Files, forward, left, look, oneComponent, packageOf, refusal } from "./support.ts";

const good = oneComponent("framework: c", forward.c);
const text = String(good["vnf.yaml"]);
/** The good package, with one thing in its descriptor changed. */
const changed = (from: string, to: string): Buffer => {
  if (!text.includes(from)) throw new Error(`the descriptor has no ${from}`);
  return packageOf({ ...good, "vnf.yaml": text.replace(from, to) });
};
const escaping = zipOf([...Object.entries(good), ["../../escaped", "x"]]);
const twice = zipOf([...Object.entries(good), ["a/main.c", "int main(void) { return 0; }"]]);
const bomb = zipOf([...Object.entries(good), ["zeros", Buffer.alloc(64 << 20)]]);

describe("a package that is not sound", () => {
  const platform = new Platform();
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  it.each<[what: string, archive: Buffer, reason: string, sentence: RegExp]>([
    ["nothing", Buffer.alloc(0), "PACKAGE_NOT_ZIP", /is not a zip archive/],
    ["not a zip", Buffer.from("this is no zip archive, however it is called"), "PACKAGE_NOT_ZIP", /is not a zip archive/],
    ["a zip cut short", packageOf(good).subarray(0, -40), "PACKAGE_NOT_ZIP", /is not a zip archive/],
    ["a zip that escapes its folder", escaping, "PACKAGE_ESCAPES", /"\.\.\/\.\.\/escaped", which lies outside of it/],
    ["a bomb", bomb, "PACKAGE_BOMB", /too large when unpacked: 67\d+ bytes from \d+; at most 100 times as much/],
    ["a file named twice", twice, "PACKAGE_DUPLICATE", /names "?a\/main\.c"? twice/],
    ["no descriptor", packageOf({ "fw/vnf.yaml": text }), "PACKAGE_NO_DESCRIPTOR", /has no vnf\.yaml at its root/],
    ["a YAML error", changed("components:", "components: ["), "YAML_SYNTAX", /vnf\.yaml:\d+:\d+: ./],
    ["a key that nobody knows", changed("framework: c", "framework: c, onCrsh: drop"), "SCHEMA", /vnf\.yaml:5:22: components\.a\.onCrsh is not known; did you mean onCrash\?/],
    ["an unknown framework", changed("framework: c", "framework: cobol"), "FRAMEWORK_UNKNOWN", /vnf\.yaml:5:19: component a asks for framework cobol; known are .*python.*typescript/],
    ["an unknown connection point", changed("lan -> a -> wan", "lan -> a -> wam"), "NAME_UNKNOWN", /vnf\.yaml:6:\d+: path up names wam, which is neither/],
    ["an unknown component", changed("lan -> a -> wan", "lan -> b -> wan"), "NAME_UNKNOWN", /vnf\.yaml:6:\d+: path up names b, which is neither/],
    ["a cycle", changed("lan -> a -> wan", "lan -> a -> a -> wan"), "PATH_CYCLE", /vnf\.yaml:6:\d+: path up comes to a twice: a path has no cycles/],
    ["an unconnected output", changed("framework: c", "framework: c, outputs: [aside]"), "OUTPUT_UNCONNECTED", /vnf\.yaml:5:\d+: output aside of component a leads nowhere/],
    ["a source that is not there", packageOf({ "vnf.yaml": text }), "SOURCE_MISSING", /vnf\.yaml:5:\d+: component a has no source at/],
    ["C that does not compile", packageOf(oneComponent("framework: c", { "main.c": "#include <coven/nf.h>\nint main(void) { return 0 }\n" })), "COMPILE_FAILED", /component a does not compile: a\/main\.c:2:\d+: error: expected/],
    ["C that does not link", packageOf(oneComponent("framework: c", { "main.c": "int absent(void);\nint main(void) { return absent(); }\n" })), "COMPILE_FAILED", /component a does not compile: a\/: undefined reference to .absent/],
    ["Python with a wrong line", packageOf(oneComponent("framework: python", { "main.py": "from coven import run\ndef forward(packet)\n" })), "COMPILE_FAILED", /component a does not compile: a\/main\.py:2:\d+: /],
    ["TypeScript with a wrong line", packageOf(oneComponent("framework: typescript", { "main.ts": "const a = ;\n" })), "COMPILE_FAILED", /component a does not compile: a\/main\.ts:1:\d+: /],
    ["TypeScript that imports what is not there", packageOf(oneComponent("framework: typescript", { "main.ts": 'import "absent";\n' })), "COMPILE_FAILED", /a\/main\.ts:1:\d+: Could not resolve "absent"/],
  ])("%s", async (_, archive, reason, sentence) => {
    const { problem, status, message } = await refusal(platform, () => platform.onboard(archive));
    expect([problem.reason, message, status]).toEqual([reason, expect.stringMatching(sentence), 422]);
  });

  it("the refused ones stand in nobody's way", async () => {
    const { instance, package: id } = await platform.deploy(packageOf(good), "good", {});
    await platform.undeploy(instance);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${id}`);
  });

  function write(name: string, files: Files): void {
    for (const [file, content] of Object.entries(files)) {
      const path = join(platform.folder, name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }

  it.each<[what: string, files: Files, sentence: RegExp]>([
    ["none", {}, /^coven: there is no package at .*none/m],
    ["undescribed", { "readme.md": "" }, /^coven: .* has no vnf\.yaml at its root/m],
    ["open-bracket", { ...good, "vnf.yaml": "vnf: [\n" }, /^coven: .*open-bracket\/vnf\.yaml:\d+:\d+: /m],
    ["cobol", { ...good, "vnf.yaml": text.replace("framework: c", "framework: cobol") }, /cobol\/vnf\.yaml:5:19: component a asks for framework cobol; known are/],
    ["retrun", { ...good, "a/main.c": "int main(void) { retrun 0; }\n" }, /^failed +check and prepare[\s\S]*^undone +create the package[\s\S]*^coven: component a does not compile: a\/main\.c:1:\d+: error/m],
  ])("from the command line, with files named as the author knows them: %s", async (name, files, sentence) => {
    write(name, files);
    const before = await look(platform);
    const { code, stderr, stdout } = await coven(platform, ["deploy", name]);
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(sentence)]);
    expect(await left(platform, before)).toEqual([]);
  });
});
