import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { engineDouble, House, mockPackage, settled } from "./testing/house.ts";
import { diff, snapshot } from "./testing/snapshot.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let house: House;
beforeEach(() => void (house = new House()));
afterEach(() => house.remove());

/** Once it has ended and its parent, or init, has taken note. */
const gone = (pid: number) => settled(() => { try { process.kill(pid, 0); return false; } catch { return true; } }, (is) => is);

/** A daemon of its own process, killed once `script` has printed a line. */
async function killedDaemon(script: string, options: object = {}): Promise<void> {
  const file = join(house.folder, "daemon.mts");
  writeFileSync(file, `
    import { createManagement } from ${JSON.stringify(new URL("daemon.ts", import.meta.url).href)};
    import { platformPaths } from ${JSON.stringify(import.meta.resolve("@coven/pps"))};
    const { runFolder, stateFolder } = ${JSON.stringify({ runFolder: house.runFolder, stateFolder: house.stateFolder })};
    const ma = await createManagement({ runFolder, stateFolder, paths: { ...platformPaths(), engine: ${JSON.stringify(engineDouble)} }, ...${JSON.stringify(options)} });
    const over = async (begun) => { for (const { id } = await begun; ; await new Promise((r) => setTimeout(r, 10))) if (/COMPLETED|FAILED|BACK/.test((await ma.operation(id)).state)) return; };
    const step = async (id, name) => { while (!(await ma.operation(id)).steps.some((s) => s.name === name)) await new Promise((r) => setTimeout(r, 5)); };
    ${script}
    console.log("ready");
    setInterval(() => {}, 1000);
  `);
  const daemon = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), file], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    daemon.stdout.once("data", resolve);
    daemon.once("exit", () => reject(new Error("the daemon ended")));
  });
  const closed = new Promise((resolve) => daemon.once("exit", resolve));
  daemon.kill("SIGKILL");
  await closed;
}

async function created(wishes: Record<string, object>): Promise<string> {
  await house.open();
  const id = await house.create(mockPackage(wishes));
  await house.ma.close();
  return id;
}
const pidsOf = async (id: string) => {
  const { enginePid, components } = await house.ma.instance(id);
  return [enginePid, ...components.map(({ pid }) => pid)];
};

test("a daemon that is closed and opened again takes up what runs", async () => {
  await house.open();
  const id = await house.create(mockPackage({ a: {}, b: {} }));
  await house.over(house.ma.instantiate(id, { start: true }));
  const pids = await pidsOf(id);
  await house.reopen();
  expect(await house.ma.instance(id)).toMatchObject({ state: "running", components: [{ state: "running", restarts: 0 }, { state: "running", restarts: 0 }] });
  expect(await pidsOf(id)).toEqual(pids);
  expect(await house.ma.health(id)).toMatchObject({ healthy: true });
});

test("after kill -9 of the daemon the next one takes up what runs, and watches it", async () => {
  const id = await created({ a: {} });
  await killedDaemon(`await over(ma.instantiate(${JSON.stringify(id)}, { start: true }));`);
  await house.open();
  const [, pid] = await pidsOf(id);
  expect(await house.ma.instance(id)).toMatchObject({ state: "running", components: [{ state: "running" }] });
  process.kill(pid as number, "SIGKILL");
  const again = await settled(() => house.ma.instance(id), ({ components }) => components[0]?.restarts === 1 && components[0].state === "running");
  expect(again.components[0]?.pid).not.toBe(pid);
  expect(await house.over(house.ma.terminate(id))).toMatchObject({ state: "COMPLETED" });
});

test("a component that died while no daemon ran is started again", async () => {
  await house.open();
  const id = await house.create(mockPackage({ a: {} }));
  await house.over(house.ma.instantiate(id, { start: true }));
  const [, pid] = await pidsOf(id);
  await house.ma.close();
  process.kill(pid as number, "SIGKILL");
  await gone(pid as number);
  await house.open();
  const again = await settled(() => house.ma.instance(id), ({ components }) => components[0]?.state === "running");
  expect(again.components[0]).toMatchObject({ restarts: 1, lastExit: "ended while no daemon ran" });
});

test("an engine that died while no daemon ran has failed its instance, and nothing is left of it", async () => {
  await house.open();
  const id = await house.create(mockPackage({ a: {} }));
  await house.over(house.ma.instantiate(id, { start: true }));
  const [engine, pid] = await pidsOf(id);
  const { folder } = await house.ma.instance(id);
  await house.ma.close();
  process.kill(engine as number, "SIGKILL");
  await gone(engine as number);
  await house.open();
  expect(await house.ma.instance(id)).toMatchObject({ state: "failed", enginePid: null, components: [{ pid: null }] });
  await gone(pid as number);
  expect(existsSync(folder)).toBe(false);
});

describe("an operation that was under way when the daemon was killed", () => {
  const rows = async () => {
    const told = { packages: await house.ma.packages(), instances: await house.ma.instances() };
    return snapshot({ runFolder: house.runFolder, stateFolder: house.stateFolder, rows: () => told });
  };

  test.each(["engine", "launch a", "attach b"])("instantiation at %s is undone", async (step) => {
    const id = await created({ a: {}, b: { connect: false } });
    await house.open();
    const before = await rows();
    await house.ma.close();
    await killedDaemon(`const { id } = await ma.instantiate(${JSON.stringify(id)}, { start: true }); await step(id, ${JSON.stringify(step)});`, { attach_ms: 60_000 });
    await house.open();
    expect(await house.ma.operations()).toMatchObject([{ state: "ROLLED_BACK", problem: { reason: "INTERRUPTED" } }]);
    expect(diff(before, await rows())).toEqual([]);
  });

  test("a start goes back to stopped", async () => {
    const id = await created({ a: {}, b: { connect: false } });
    await killedDaemon(`await over(ma.instantiate(${JSON.stringify(id)}, {})); const { id } = await ma.operate(${JSON.stringify(id)}, "STARTED"); await step(id, "attach b");`, { attach_ms: 60_000 });
    await house.open();
    expect(await house.ma.instance(id)).toMatchObject({ state: "stopped", enginePid: expect.any(Number), components: [{ pid: null }, { pid: null }] });
  });

  test("a termination is carried to its end", async () => {
    const id = await created({ a: { ignore_sigterm: true } });
    await house.open();
    const before = await rows();
    await house.ma.close();
    await killedDaemon(`await over(ma.instantiate(${JSON.stringify(id)}, { start: true })); const { id } = await ma.terminate(${JSON.stringify(id)}, 60_000); await step(id, "stop: stop a");`);
    await house.open();
    expect((await house.ma.operations()).at(-1)).toMatchObject({ kind: "TERMINATE", state: "COMPLETED" });
    expect(diff(before, await rows())).toEqual([]);
  });
});

test("folders and engines that no row knows are removed", async () => {
  await house.open();
  await house.ma.close();
  const orphan = join(house.runFolder, "i/0badcafe");
  mkdirSync(orphan, { recursive: true });
  const engine = spawn(engineDouble, ["--folder", orphan], { detached: true, stdio: "ignore" });
  const ended = new Promise((resolve) => engine.once("exit", resolve));
  await settled(() => existsSync(join(orphan, "engine.sock")), (there) => there);
  await house.open();
  await ended;
  expect(existsSync(orphan)).toBe(false);
});

test("two daemons never work on the same folders", async () => {
  await house.open();
  const other = new House();
  await expect(other.open({ stateFolder: house.stateFolder })).rejects.toThrow(/another daemon, process \d+, works on/);
  await expect(other.open({ runFolder: house.runFolder })).rejects.toThrow(/another daemon/);
  await other.open();
  await other.remove();
});
