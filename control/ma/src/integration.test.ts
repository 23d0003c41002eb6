/** The management agent with the real engine, and components of every framework whose SDK is built. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { House, mockPackage, settled } from "./testing/house.ts";
import { diff, snapshot } from "./testing/snapshot.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const paths = platformPaths();
const there = existsSync(paths.engine);
if (!there) console.log(`skipped: the integration of the management agent, as there is no engine at ${paths.engine}`);

const forward = {
  c: { "main.c": "#include <coven/nf.h>\nstatic coven_verdict pass(coven_packet *packet, void *state) { (void)packet; (void)state; return COVEN_FORWARD; }\nint main(void) { return coven_run(pass, NULL); }\n" },
  python: { "main.py": "from coven import run, Verdict\n@run\ndef forward(packet):\n    return Verdict.FORWARD\n" },
  typescript: { "main.ts": 'import { run, Verdict } from "@coven/sdk";\nrun(() => Verdict.forward);\n' },
} as const;
const packets = 20;

/** A capture of minimum-size Ethernet frames, each with its number. */
function capture(): Buffer {
  const header = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
  const frames = Array.from({ length: packets }, (_, number) => {
    const frame = Buffer.alloc(16 + 60);
    frame.writeUInt32LE(60, 8);
    frame.writeUInt32LE(60, 12);
    frame.fill(number + 1, 16, 76);
    return frame;
  });
  return Buffer.concat([header, ...frames]);
}

describe.runIf(there)("with the real engine", () => {
  let house: House;
  beforeEach(async () => void (await (house = new House()).open({ paths })));
  afterEach(() => house.remove());

  test("a mock attaches to the real channel, is killed and comes back", async () => {
    const id = await house.create(mockPackage({ a: {} }));
    expect(await house.over(house.ma.instantiate(id, { start: true }))).toMatchObject({ state: "COMPLETED" });
    const { pid } = (await house.ma.instance(id)).components[0] ?? {};
    process.kill(pid as number, "SIGKILL");
    await settled(() => house.ma.instance(id), ({ components }) => components[0]?.restarts === 1 && components[0].state === "running");
    expect(await house.over(house.ma.terminate(id))).toMatchObject({ state: "COMPLETED" });
  });

  test.each(["engine", "ports", "edges", "launch b", "attach a", "settings b", "traffic"])("a deployment that fails at step %s leaves nothing behind", async (failAt) => {
    await house.reopen({ paths, failAt });
    const id = await house.create(mockPackage({ a: {}, b: {} }, { settings: { b: { level: 3 } } }));
    const look = async () => {
      const rows = { packages: await house.ma.packages(), instances: await house.ma.instances() };
      return snapshot({ runFolder: house.runFolder, stateFolder: house.stateFolder, rows: () => rows });
    };
    const before = await look();
    expect(await house.over(house.ma.instantiate(id, { start: true }))).toMatchObject({ state: "ROLLED_BACK", problem: { detail: `step ${failAt} was told to fail` } });
    await settled(async () => diff(before, await look()), (differences) => differences.length === 0);
  });

  test("a killed engine fails its instance; started again it works", async () => {
    const id = await house.create(mockPackage({ a: {} }));
    await house.over(house.ma.instantiate(id, { start: true }));
    process.kill((await house.ma.instance(id)).enginePid as number, "SIGKILL");
    await settled(() => house.ma.instance(id), ({ state, enginePid }) => state === "failed" && enginePid === null);
    expect(await house.over(house.ma.operate(id, "STARTED"))).toMatchObject({ state: "COMPLETED" });
    await house.reopen({ paths });
    expect(await house.ma.health(id)).toMatchObject({ healthy: true });
  });

  test.each(Object.keys(forward) as (keyof typeof forward)[])("packets pass a component in %s, start after stop included", async (framework) => {
    const { usable, reason } = await drivers(paths)[framework].fingerprint();
    if (!usable) return void console.log(`skipped: ${framework}: ${reason}`);
    const [input, output] = ["in.pcap", "out.pcap"].map((name) => join(house.folder, name)) as [string, string];
    writeFileSync(input, capture());
    const ports = `{ lan: { port: { backend: pcap, in: ${input} } }, wan: { port: { backend: pcap, out: ${output} } } }`;
    const descriptor = `vnf: pass\nversion: 1.0.0\nconnectionPoints: ${ports}\ncomponents: { f: { framework: ${framework}, source: f } }\npaths: { up: lan -> f -> wan }\n`;
    const sources = Object.entries(forward[framework]).map(([name, text]) => [`f/${name}`, text]);
    const id = await house.create({ "vnf.yaml": descriptor, ...Object.fromEntries(sources) });
    const started = await house.over(house.ma.instantiate(id, { start: true }));
    expect(started.problem).toBeUndefined();
    await settled(() => house.ma.monitor(id), ({ statistics }) => statistics?.transmitted === packets);
    expect(await house.ma.health(id)).toMatchObject({ healthy: true });
    expect(await house.over(house.ma.operate(id, "STOPPED"))).toMatchObject({ state: "COMPLETED" });
    expect(await house.over(house.ma.operate(id, "STARTED"))).toMatchObject({ state: "COMPLETED" });
    expect(await house.over(house.ma.terminate(id))).toMatchObject({ state: "COMPLETED" });
    // The port writes out what it holds when it is closed.
    expect(readFileSync(output).length).toBe(24 + packets * 76);
  });
});
