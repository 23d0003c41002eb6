/** Every framework through one suite on the real platform: conformance/suite/README.md says what its component does. `make conformance` writes docs/conformance.md from the results. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineStatistics } from "@coven/contract";
import type { Snapshot } from "@coven/ma/testing/snapshot";
import { type Deployed, type Frame, Platform, readCapture, root, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driverOf, luaFolder, type Point, type Subject, subjects } from "./frameworks.ts";
import { type Files, left, look, packageOf, until } from "./support.ts";

const count = 100;
const burst = 1200;
const suite = join(root, "conformance/suite");
const filesOf = (folder: string, as: string): Files => Object.fromEntries(readdirSync(join(suite, folder)).map((name) => [`${as}/${name}`, readFileSync(join(suite, folder, name))]));

/** Packet n: byte 14 says what becomes of it, 15 what is in its context, 18 to 21 which it is. */
const packets = (number: number, deed: (n: number) => number): Frame[] =>
  Array.from({ length: number }, (_, n) => {
    const bytes = Buffer.alloc(60 + (n % 1400), n);
    bytes.write("02000000000202000000000188b5", 0, "hex");
    bytes.writeUInt32BE(n, 18);
    bytes.set([deed(n), n & 127, 0], 14);
    return { time_ns: BigInt(n) * 1000n, bytes };
  });
const deeds = packets(count, (n) => n % 4);
const numbers = (frames: Frame[]) => frames.map(({ bytes }) => bytes.readUInt32BE(18));
const sum = ({ received, created, transmitted, dropped, in_flight }: EngineStatistics) => received + created - transmitted - in_flight - Object.values(dropped).reduce((a, b) => a + b, 0);

/** `before` and `after` write the context and show it; where there is one way only, `x` has no output `side`. */
function work({ words, not }: Subject): string {
  const side = !not["named output"];
  const ends = (name: string) => `  ${name}: { framework: c, source: ends/, context: opaque }\n`;
  return `vnf: work\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents:\n${ends("before")}  x: { ${words}, source: x/, onCrash: drop${side ? ", outputs: [side]" : ""} }\n${ends("after")}` +
    `paths:\n  up: lan -> before -> x -> after -> wan\n${side ? "  aside: x.side -> lan\n" : ""}`;
}

/** Behind `x` and `y` it goes slowly: what `x` can't hand on is dropped, `y` waits. */
function pressure({ words, not }: Subject): string {
  const side = !not["named output"];
  const slow = (name: string) => `  ${name}: { framework: c, source: ends/, context: opaque, settings: { pause_us: 1000 } }\n`;
  const one = (name: string, onFull: string) => `  ${name}: { ${words}, source: x/, onFull: ${onFull}${side ? ", outputs: [side]" : ""} }\n`;
  return `vnf: pressure\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents:\n${one("x", "drop")}${one("y", "block")}${slow("slow")}${slow("slower")}` +
    `paths: { up: lan -> x -> slow -> wan, down: wan -> y -> slower -> lan${side ? ", aside: x.side -> lan, apart: y.side -> wan" : ""} }\n`;
}

const platform = new Platform([], { COVEN_FRAMEWORKS: luaFolder });
const file = (name: string) => join(platform.folder, `${name}.pcap`);
beforeAll(async () => {
  await platform.up();
  writeCapture(file("deeds"), deeds);
  writeCapture(file("stream"), packets(30_000, () => 0));
  writeCapture(file("burst"), packets(burst, () => 0));
});
afterAll(() => platform.remove());

for (const subject of subjects) {
  const { name, not } = subject;
  const { usable, reason } = await driverOf(name).fingerprint();
  if (!usable) console.log(`SKIP framework ${name}: ${reason}`);
  const holds = (point: Point, test: () => Promise<void> | void) => it.runIf(!not[point])(point, test);

  describe.runIf(usable)(`framework ${name}`, () => {
    let before: Snapshot;
    let at: Deployed;
    let round: EngineStatistics;
    const source = subject.source ? filesOf(subject.source, "x") : { "x/about": "the program is the host's\n" };
    const component = async () => (await platform.statistics(at.instance)).components.find((one) => one.name === "x");
    const view = async () => (await platform.instance(at.instance)).components.find((one) => one.name === "x");
    const kill = async (signal: NodeJS.Signals) => process.kill((await component())?.pid as number, signal);
    const taken = async () => (await component())?.counters.packets_in ?? 0;
    const item = (method: string, name: string, body?: object) => platform.call(method, `/coven/v1/instances/${at.instance}/agents/x/${name}`, body);
    const goesOn = async () => {
      const before = await taken();
      await until(async () => (await component())?.state === "running" && (await taken()) > before, "packets flow through it");
    };
    const expected = (deed: number) => numbers(not.verdicts ? (deed === 0 ? deeds : []) : deeds.filter((_, n) => n % 4 === deed));

    beforeAll(async () => {
      before = await look(platform);
      at = await platform.deploy(packageOf({ "vnf.yaml": work(subject), ...filesOf("ends", "ends"), ...source }), `work-${name}`, { lan: { backend: "pcap", in: file("deeds"), out: file("aside"), rate: 1000 }, wan: { backend: "pcap", out: file("out") } });
      round = await platform.replayed(at.instance, "lan", 20_000);
      // What was sent is a moment later in the captures.
      await until(() => readCapture(file("out")).length + readCapture(file("aside")).length === round.transmitted, "the captures are written");
    });

    holds("start", async () => {
      expect(await platform.call("GET", `/coven/v1/instances/${at.instance}/health`)).toMatchObject({ healthy: true });
      expect(await view()).toMatchObject({ restarts: 0 });
    });
    holds("verdicts", () => {
      expect(numbers(readCapture(file("out")))).toEqual(expected(0));
      const dropped = Object.values(round.dropped).reduce((a, b) => a + b, 0);
      expect([round.received, round.created, round.in_flight, sum(round), dropped]).toEqual([count, 0, 0, 0, count / 2]);
      expect(round.dropped.component).toBeGreaterThanOrEqual(count / 4);
    });
    holds("named output", () => expect(numbers(readCapture(file("aside")))).toEqual(expected(2)));
    holds("unknown output", () => expect(round.dropped).toEqual(subject.unknown === "component" ? { component: count / 2 } : { component: count / 4, [subject.unknown]: count / 4 }));
    holds("context", () => {
      const marked = (n: number) => (subject.words.includes("context") ? (n & 127) + 7 : ~n & 127 | 128);
      const out = readCapture(file("out"));
      expect(out.map(({ bytes }) => bytes[16])).toEqual(numbers(out).map(marked));
    });
    holds("agent", async () => {
      const items = (await platform.agents(at.instance)).find((agent) => agent.component === "x")?.items ?? [];
      expect(Object.fromEntries(items.map((one) => [one.name, one.value]))).toMatchObject(subject.agent);
      for (const [name, value] of Object.entries(subject.agent)) expect(await item("GET", name)).toEqual({ name, value });
      if (!("mark" in subject.agent)) return;
      expect(await item("PUT", "mark", { value: 9 })).toEqual({ name: "mark", value: 9 });
      expect(await item("POST", "echo", { argument: "and back" })).toEqual({ name: "echo", result: "and back" });
      await expect(item("PUT", "seen", { value: 1 })).rejects.toThrow();
    });
    holds("stop", async () => {
      const pid = (await component())?.pid as number;
      await platform.operation("operate", at.instance, { changeStateTo: "STOPPED", stopType: "GRACEFUL" });
      expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    });
    holds("restart", async () => {
      await platform.operation("operate", at.instance, { changeStateTo: "STARTED" });
      await platform.replayed(at.instance, "lan", 20_000);
      await platform.undeploy(at.instance);
      expect(numbers(readCapture(file("out")))).toEqual(expected(0));
    });

    holds("crash", async () => {
      at = { ...at, instance: await platform.instantiate(at.package, `failing-${name}`, { lan: { backend: "pcap", in: file("stream"), rate: 1000 }, wan: { backend: "pcap", out: file("out") } }) };
      await until(async () => (await taken()) > count, "packets flow");
      await kill("SIGKILL");
      await until(async () => (await view())?.restarts === 1, "it is started again");
      expect(await view()).toMatchObject({ lastExit: "killed by SIGKILL" });
      await goesOn();
      expect(sum(await platform.statistics(at.instance))).toBe(0);
    });
    holds("hang", async () => {
      await kill("SIGSTOP");
      await until(async () => (await view())?.lastExit?.startsWith("hung") === true, "the hang is seen");
      await until(async () => (await view())?.restarts === 2, "it is started again");
      await goesOn();
      expect(sum(await platform.statistics(at.instance))).toBe(0);
      await platform.undeploy(at.instance);
    });

    let full: EngineStatistics;
    holds("full edge: drop", async () => {
      const { instance, package: packageId } = await platform.deploy(packageOf({ "vnf.yaml": pressure(subject), ...filesOf("ends", "ends"), ...source }), `full-${name}`, {
        lan: { backend: "pcap", in: file("burst"), out: file("waited"), rate: "full" }, wan: { backend: "pcap", in: file("burst"), out: file("dropped"), rate: "full" },
      });
      await platform.replayed(instance, "lan", 30_000);
      full = await platform.replayed(instance, "wan", 30_000);
      await platform.undeploy(instance);
      await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);
      expect(full.dropped.edge_full).toBeGreaterThan(0);
      const dropped = Object.values(full.dropped).reduce((a, b) => a + b, 0);
      expect([sum(full), readCapture(file("dropped")).length + readCapture(file("waited")).length]).toEqual([0, 2 * burst - dropped]);
    });
    holds("full edge: block", () => {
      expect(numbers(readCapture(file("waited")))).toEqual(numbers(packets(burst, () => 0)));
      expect(Object.keys(full.dropped)).toEqual(["edge_full"]);
    });

    holds("nothing left", async () => {
      await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${at.package}`);
      expect(await left(platform, before)).toEqual([]);
    });
  });
}
