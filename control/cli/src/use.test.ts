/** Wrong use, no daemon, nothing built; packages that are looked at without a daemon. */
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { House, mocks, root } from "./testing/house.ts";

const house = new House();
beforeAll(() => house.build());
afterAll(() => house.remove());

test("help tells every command and the exit codes", async () => {
  const { code, stdout } = await house.coven("--help");
  expect(code).toBe(0);
  for (const command of ["run", "init", "sdk", "dev", "pack", "up", "down", "deploy", "ls", "show", "start", "stop", "rm", "status", "check", "logs", "agent", "nsh", "doctor", "validate", "demo", "bench"]) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  expect(stdout).toContain("Exit codes: 0 done");
  expect((await house.coven("agent", "--help")).stdout).toMatch(/list[\s\S]*get[\s\S]*set[\s\S]*call/);
  expect((await house.coven("nsh", "--help")).stdout).toMatch(/show[\s\S]*set[\s\S]*rules[\s\S]*role/);
});

test.each([[["frobnicate"]], [["deploy"]], [["ls", "--colour"]], [["agent"]], [["show", "a", "b"]], [["deploy", ".", "--port", "lan"]], [["logs", "x", "-n", "many"]], [["nsh", "show", "x", "--flows", "all"]], [["nsh", "set", "x", "up", "tenant"]], [["nsh", "set", "x", "up", "a=1", "--flow", "here>there"]]])("%j is wrong use", async (args) => {
  const { code, stderr } = await house.coven(...args);
  expect(stderr).not.toBe("");
  expect(code, stderr).toBe(2);
});

test("a command that is almost right gets a suggestion", async () => expect((await house.coven("deplyo")).stderr).toContain("deploy"));

test.each([["ls"], ["down"], ["status"], ["check"], ["show", "x"], ["rm", "x"], ["agent", "list", "x"], ["nsh", "show", "x"], ["nsh", "rules", "x"]])("without a daemon %s ends with 3 and says what to do", async (...args) => {
  const { code, stderr } = await house.coven(...args);
  expect([code, stderr]).toEqual([3, expect.stringMatching(/no daemon answers at .*covend\.sock .*coven up/)]);
});

test("with --json an error is JSON too", async () => {
  const { code, stdout } = await house.coven("ls", "--json");
  expect([code, JSON.parse(stdout).error.reason]).toEqual([3, "NO_DAEMON"]);
});

test("what is not built ends with 3 and says how to build it", async () => {
  for (const name of ["demo", "bench"]) {
    const { code, stderr } = await house.begin([name], { COVEN_HOME: house.folder }).ended;
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^coven: the \w+ is not built: there is no .*main\.ts; build it with: make build/)]);
  }
});

test("bench hands its arguments and its exit code on", async () => {
  const home = house.write("home", { "bench/main.ts": "console.log(JSON.stringify(process.argv.slice(2))); process.exit(7);", "package.json": "{}" });
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  const { code, stdout, stderr } = await house.begin(["bench", "hop", "--json", "--rounds", "3"], { COVEN_HOME: home }).ended;
  expect([code, stdout], stderr).toEqual([7, '["hop","--json","--rounds","3"]\n']);
});

test("doctor tells what is there without a daemon", async () => {
  const { stdout } = await house.coven("doctor");
  for (const what of ["kernel", "node", "user namespaces", "CAP_NET_RAW", "locked memory", "cgroup", "python", "C compiler", "rust", "runtime folder", "engine", "SDK for C", "coven up"]) expect(stdout).toContain(what);
});

test("validate tells the plan of a sound package", async () => {
  const folder = house.write("sound", mocks({ a: {}, b: {} }));
  const { code, stdout } = await house.coven("validate", folder);
  expect(code).toBe(0);
  expect(stdout).toMatch(/mocks 1\.0\.0 is sound[\s\S]*channel[\s\S]*a -> b/);
  expect(await house.json("validate", folder)).toMatchObject({ valid: true, vnf: "mocks", plan: { slots: { a: 1, b: 2 } } });
});

test("an error of the descriptor names file, line and column", async () => {
  const files = mocks({ a: {} });
  const typo = house.write("typo", { ...files, "vnf.yaml": `${files["vnf.yaml"]}colour: red\n` });
  const { code, stderr } = await house.coven("validate", typo);
  const line = (files["vnf.yaml"] ?? "").split("\n").length;
  expect([code, stderr]).toEqual([1, expect.stringContaining(`${join(typo, "vnf.yaml")}:${line}:1: `)]);
  const broken = house.write("broken", { "vnf.yaml": "vnf: [\n" });
  expect(await house.json("validate", broken)).toMatchObject({ error: { reason: "YAML_SYNTAX", detail: expect.stringMatching(/vnf\.yaml:\d+:\d+: /) } });
  const astray = house.write("astray", { ...files, "vnf.yaml": (files["vnf.yaml"] ?? "").replace("lan -> a", "lan -> nobody") });
  expect(await house.json("validate", astray)).toMatchObject({ error: { detail: expect.stringContaining("nobody") } });
});

test("no package, no descriptor, no zip", async () => {
  expect((await house.json("validate", "nowhere")).error.reason).toBe("PACKAGE_MISSING");
  expect((await house.json("validate", house.write("empty", { "readme.md": "" }))).error.reason).toBe("PACKAGE_NO_DESCRIPTOR");
  const file = join(house.folder, "x.zip");
  writeFileSync(file, "this is no zip archive, however it is called");
  expect((await house.json("deploy", file, "--dry-run")).error.reason).toBe("PACKAGE_NOT_ZIP");
});

test("deploy --dry-run prints the plan with ports and changes, and needs no daemon", async () => {
  const folder = house.write("dry", mocks({ a: {} }));
  const { code, stdout } = await house.coven("deploy", folder, "--dry-run", "--port", "lan=pcap:in.pcap,rate=full", "--set", "components.a.onCrash=drop");
  expect(code).toBe(0);
  expect(stdout).toContain(join(house.folder, "in.pcap"));
  expect(stdout).toContain("on crash drop");
  expect((await house.json("deploy", folder, "--dry-run", "--port", "lan=pigeon:coop")).error.reason).toBe("PORT_SYNTAX");
  expect((await house.json("deploy", folder, "--dry-run", "--port", "moon=loopback")).error.detail).toContain("moon");
  expect((await house.json("deploy", folder, "--dry-run", "--set", "components.a.framework=cobol")).error.reason).toBe("FRAMEWORK_UNKNOWN");
});
