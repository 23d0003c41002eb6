/** Fused groups on the real platform: conformance/fused/README.md says what its components do. Each is what it would be in a process of its own. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { EngineStatistics } from "@coven/contract";
import type { Snapshot } from "@coven/ma/testing/snapshot";
import { archiveOf, type Frame, Platform, readCapture, root, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";
import { type Files, left, look, packageOf, until } from "./support.ts";

const each = 40;
const count = 7 * each;
const members = ["mark", "judge", "last"];
const frameworks = (await languages()).filter((language) => existsSync(join(root, "conformance/fused", language)));

const packets = (number: number, deed: (n: number) => number): Frame[] =>
  Array.from({ length: number }, (_, n) => {
    const bytes = Buffer.alloc(60 + (n % 1400), n);
    bytes.write("02000000000202000000000188b5", 0, "hex");
    bytes.writeUInt32BE(n, 18);
    bytes.set([deed(n), 0], 14);
    return { time_ns: BigInt(n) * 1000n, bytes };
  });
const numbers = (frames: Frame[]) => frames.map(({ bytes }) => bytes.readUInt32BE(18));
const lost = ({ received, created, transmitted, dropped, in_flight }: EngineStatistics) => received + created - transmitted - in_flight - Object.values(dropped).reduce((a, b) => a + b, 0);

const platform = new Platform();
const file = (name: string) => join(platform.folder, `${name}.pcap`);
beforeAll(async () => {
  await platform.up();
  writeCapture(file("deeds"), packets(count, (n) => n % 7));
  writeCapture(file("stream"), packets(30_000, (n) => (n % 2) * 6));
});
afterAll(() => platform.remove());

/** As what it is counted and told when code fails on a packet: in C it names an output that is not there. */
const failure = (framework: string) => (framework === "c" ? { reason: "unknown_output", told: /^judge: verdict 7 is no output of this component/m } : { reason: "component_error", told: framework === "cpp" ? /^judge: the function failed: a packet that judge fails on/m : /^judge: \w+Error: a packet that judge fails on \(.*judge\/main\.(py|ts):\d+\)/m });
/** What each writes by itself, into its own log. */
const words: Partial<Record<string, string>> = { python: "has left", typescript: "has a timer" };

describe.each(frameworks)("a fused group of %s", (framework) => {
  let before: Snapshot;
  let instance: string;
  let packageId: string;
  let round: EngineStatistics;
  const component = async (name: string) => {
    const found = (await platform.statistics(instance)).components.find((one) => one.name === name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  };
  const view = async (name: string) => (await platform.instance(instance)).components.find((one) => one.name === name);
  const logs = async (name: string) => ((await platform.call("GET", `/coven/v1/instances/${instance}/logs?component=${name}`)) as { text: string }[]).map(({ text }) => text).join("\n");
  const item = (name: string, method: string, what: string, body?: object) => platform.call(method, `/coven/v1/instances/${instance}/agents/${name}/${what}`, body);
  const goesOn = async () => {
    const taken = (await component("last")).counters.packets_in;
    await until(async () => (await view("last"))?.state === "running" && (await component("last")).counters.packets_in > taken, "packets flow through all of it");
  };
  const sameOrder = (deed: number) => numbers(readCapture(file("out")).filter(({ bytes }) => bytes[14] === deed && bytes[15] === 0));
  const wanted = (deed: number) => Array.from({ length: each }, (_, n) => 7 * n + deed);

  beforeAll(async () => {
    before = await look(platform);
    const changes = members.flatMap((name) => [`components.${name}.framework=${framework}`, `components.${name}.source=${framework}/${name}/`]);
    ({ instance, package: packageId } = await platform.deploy(await archiveOf(join(root, "conformance/fused"), changes), `fused-${framework}`, {
      lan: { backend: "pcap", in: file("deeds"), out: file("aside"), rate: 1000 }, wan: { backend: "pcap", out: file("out") },
    }));
    round = await platform.replayed(instance, "lan", 20_000);
    await until(() => readCapture(file("out")).length + readCapture(file("aside")).length === round.transmitted, "the captures are written");
  });

  it("is one process, in which each component is known by itself", async () => {
    const pids = await Promise.all(members.map(async (name) => (await component(name)).pid));
    expect(new Set(pids).size).toBe(1);
    expect(pids[0]).not.toBe((await component("outside")).pid);
    expect(await platform.call("GET", `/coven/v1/instances/${instance}/health`)).toMatchObject({ healthy: true, components: [...members, "outside"].map((name) => ({ name, answers: true, state: "running" })) });
  });
  it("hands packets on within it and to outside, in order", () => {
    for (const deed of [0, 4, 5, 6]) expect(sameOrder(deed)).toEqual(wanted(deed));
    expect(numbers(readCapture(file("aside")))).toEqual(wanted(2));
    const clones = readCapture(file("out")).filter(({ bytes }) => bytes[15] === 1);
    expect(numbers(clones)).toEqual(wanted(6));
  });
  it("keeps exact accounts of each component", async () => {
    expect([round.received, round.created, round.in_flight, lost(round)]).toEqual([count, each, 0, 0]);
    expect(round.dropped).toEqual({ component: each, [failure(framework).reason]: each });
    const told = async (name: string) => {
      const { packets_in, packets_out, packets_dropped, errors } = (await component(name)).counters;
      return { packets_in, packets_out, packets_dropped, errors };
    };
    expect(await told("mark")).toEqual({ packets_in: 7 * each, packets_out: 7 * each, packets_dropped: 0, errors: 0 });
    expect(await told("judge")).toEqual({ packets_in: 5 * each, packets_out: 3 * each, packets_dropped: 2 * each, errors: each });
    expect(await told("last")).toEqual({ packets_in: 4 * each, packets_out: 5 * each, packets_dropped: 0, errors: 0 });
  });
  it("has an agent for each, with items of the same names", async () => {
    const agents = (await platform.agents(instance)).map(({ component: of, items }) => [of, Object.fromEntries(items.map((one) => [one.name, one.value]))]);
    expect(Object.fromEntries(agents)).toMatchObject({ mark: { seen: 7 * each }, judge: { seen: 5 * each, matched: 5 * each, level: 4 }, last: { seen: 4 * each } });
    expect(await item("judge", "PUT", "level", { value: 9 })).toEqual({ name: "level", value: 9 });
    expect(await item("judge", "POST", "echo", { argument: "and back" })).toEqual({ name: "echo", result: "and back" });
    await expect(item("mark", "GET", "level")).rejects.toThrow(/level/);
  });
  it("tells what a component fails on in that one's name, log and capture", async () => {
    expect(await logs("judge")).toMatch(failure(framework).told);
    expect(await logs("mark")).not.toContain("judge:");
    const folder = join(platform.stateFolder, "instances", readdirSync(join(platform.stateFolder, "instances"))[0] ?? "");
    expect(numbers(readCapture(join(folder, "judge.pcap")))).toEqual(wanted(3));
  });
  it("stops as one, and starts again", async () => {
    const { pid } = await component("mark");
    await platform.operation("operate", instance, { changeStateTo: "STOPPED", stopType: "GRACEFUL" });
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    const own = words[framework];
    if (own) for (const name of members) expect((await logs(name)).split("\n").filter((line) => line.endsWith(own))).toEqual([`${name} ${own}`]);
    await platform.operation("operate", instance, { changeStateTo: "STARTED" });
    expect(await platform.call("GET", `/coven/v1/instances/${instance}/health`)).toMatchObject({ healthy: true });
    expect(await item("judge", "GET", "level")).toEqual({ name: "level", value: 9 });
    await platform.undeploy(instance);
  });

  it("crashes as one, is started again, and loses no packet's account", async () => {
    instance = await platform.instantiate(packageId, `failing-${framework}`, { lan: { backend: "pcap", in: file("stream"), rate: 1000 }, wan: { backend: "pcap", out: file("out") } });
    await until(async () => (await component("last")).counters.packets_in > 100, "packets flow");
    process.kill((await component("judge")).pid, "SIGKILL");
    await until(async () => (await view("judge"))?.restarts === 1, "it is started again");
    await goesOn();
    for (const name of members) expect(await view(name)).toMatchObject({ restarts: 1, lastExit: "killed by SIGKILL" });
    expect(lost(await platform.statistics(instance))).toBe(0);
  });
  it("hangs as one", async () => {
    process.kill((await component("last")).pid, "SIGSTOP");
    await until(async () => (await view("last"))?.lastExit?.startsWith("hung") === true, "the hang is seen");
    await until(async () => (await view("last"))?.restarts === 2, "it is started again");
    await goesOn();
    expect(await view("mark")).toMatchObject({ restarts: 2 });
    expect(lost(await platform.statistics(instance))).toBe(0);
  });
  it("goes on where the daemon is killed, and is taken up again", async () => {
    const { pid } = await component("mark");
    await platform.down("SIGKILL");
    await platform.up();
    await goesOn();
    expect(await Promise.all(members.map(async (name) => (await component(name)).pid))).toEqual([pid, pid, pid]);
    process.kill(pid, "SIGKILL");
    await until(async () => (await view("mark"))?.restarts === 3, "it is started again");
    await goesOn();
    await platform.undeploy(instance);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
    expect(await left(platform, before)).toEqual([]);
  });
});

const python = (name: string, text: string): Files => ({ [`${name}/main.py`]: text });
const c = (name: string, text: string): Files => ({ [`${name}/main.c`]: `#include <coven/core.h>\n#include <stdio.h>\n${text}` });
const node = (name: string, text: string): Files => ({ [`${name}/main.ts`]: text });
const forwards = {
  c: "static coven_verdict pass(coven_packet *packet, void *state) { (void)packet, (void)state; return COVEN_FORWARD; }\nint main(void) { return coven_run(pass, 0); }\n", python: 'from coven import Verdict, run\nrun(lambda packet: Verdict.FORWARD)\n', typescript: 'import { run, Verdict } from "@coven/sdk";\nrun(() => Verdict.forward);\n' };

describe("a fused group that can't begin", () => {
  it.each<[what: string, framework: string, files: Files, why: RegExp]>([
    ["raises before it runs", "python", { ...python("a", forwards.python), ...python("b", 'raise RuntimeError("not today")\n') }, /b\/main\.py", line 1[\s\S]*RuntimeError: not today/],
    ["never runs", "python", { ...python("a", forwards.python), ...python("b", "import coven\n") }, /b: its program ended without a call of run or run_burst/],
    ["has a loop of its own", "python", { ...python("a", "import coven\ncoven.attach()\n"), ...python("b", forwards.python) }, /a component with a loop of its own can't be fused/],
    ["never runs", "c", { ...c("a", forwards.c), ...c("b", "int main(void) { return 0; }\n") }, /b\.so: its program ended without a call of coven_run/],
    ["has a loop of its own", "c", { ...c("a", forwards.c), ...c("b", "int main(void) { char error[200]; if (coven_attach(error, sizeof error)) puts(error); return 1; }\n") }, /a component with a loop of its own can't be fused/],
    ["raises before it runs", "typescript", { ...node("a", forwards.typescript), ...node("b", 'throw new Error("not today");\n') }, /Error: not today[\s\S]*b\/main\.ts:1/],
    ["never runs", "typescript", { ...node("a", forwards.typescript), ...node("b", 'import "@coven/sdk";\n') }, /b: its program ended without a call of run or runBurst/],
  ])("where one %s: %s", async (_, framework, files, why) => {
    const one = (name: string) => `${name}: { framework: ${framework}, placement: { fuse: core } }`;
    const descriptor = `vnf: fails\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents: { ${one("a")}, ${one("b")} }\npaths: { up: lan -> a -> b -> wan }\n`;
    const archive = packageOf({ "vnf.yaml": descriptor, ...files });
    const before = await look(platform);
    const packageId = await platform.onboard(archive);
    const ports = { lan: { backend: "loopback" }, wan: { backend: "loopback" } } as const;
    const refused = await platform.instantiate(packageId, "fails", ports).then(() => new Error("it was not refused"), (problem: Error) => problem);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
    expect(refused.message).toMatch(why);
    expect(await left(platform, before)).toEqual([]);
  });
});
