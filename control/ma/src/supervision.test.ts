import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isAlive } from "@coven/pps";
import { House, mockPackage, settled } from "./testing/house.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let house: House;
beforeEach(async () => void (await (house = new House()).open()));
afterEach(() => house.remove());

const component = async (id: string, index = 0) => (await house.ma.instance(id)).components[index] as NonNullable<Awaited<ReturnType<typeof house.ma.instance>>["components"][number]>;
async function running(wishes: Record<string, object>, settings?: Record<string, object>) {
  const id = await house.create(mockPackage(wishes, settings ? { settings } : {}));
  expect(await house.over(house.ma.instantiate(id, { start: true }))).toMatchObject({ state: "COMPLETED" });
  return id;
}

test("a component that is killed is started again, and its settings set again", async () => {
  const id = await running({ a: {}, b: {} }, { a: { level: 3 } });
  await house.ma.agentSet(id, "a", "level", 4);
  const { pid } = await component(id);
  process.kill(pid as number, "SIGSEGV");
  const again = await settled(() => component(id), ({ state, restarts }) => state === "running" && restarts === 1);
  expect(again).toMatchObject({ lastExit: "killed by SIGSEGV", restarts: 1 });
  expect(again.pid).not.toBe(pid);
  expect(await house.ma.agentGet(id, "a", "level")).toBe(4);
  expect(await component(id, 1)).toMatchObject({ restarts: 0 });
});

test("one that keeps on crashing backs off, and stopping ends that", async () => {
  const id = await running({ a: { exit_code: 7, fail_after_ms: 200 } });
  await settled(() => component(id), ({ restarts }) => restarts >= 2);
  expect(await settled(() => component(id), ({ state }) => state === "backing-off")).toMatchObject({ pid: null, lastExit: "exit 7" });
  expect(await house.over(house.ma.operate(id, "STOPPED"))).toMatchObject({ state: "COMPLETED" });
  expect(await component(id)).toMatchObject({ state: "down", pid: null });
});

test("a hung one is killed and started again", async () => {
  const id = await running({ a: { hang_after_ms: 300 } });
  const { pid } = await component(id);
  expect(await settled(() => component(id), ({ restarts }) => restarts >= 1)).toMatchObject({ lastExit: expect.stringMatching(/^hung/) });
  expect(isAlive({ pid: pid as number, start_ticks: 0 })).toBe(false);
});

test("stubborn ones are stopped, too", async () => {
  const id = await running({ a: { ignore_sigterm: true } });
  const { pid } = await component(id);
  expect(await house.over(house.ma.operate(id, "STOPPED", 100))).toMatchObject({ state: "COMPLETED" });
  expect(() => process.kill(pid as number, 0)).toThrow(/ESRCH/);
});

test("a lost connection to the engine is made again, with its events", async () => {
  const id = await running({ a: {} });
  const { enginePid, components } = await house.ma.instance(id);
  process.kill(enginePid as number, "SIGUSR2");
  await settled(() => house.ma.health(id), ({ healthy }) => healthy);
  expect(await house.ma.instance(id)).toMatchObject({ state: "running", enginePid, components: [{ pid: components[0]?.pid, restarts: 0 }] });
});

test("an engine that is killed fails its instance, which is cleaned up and can be started again", async () => {
  const id = await running({ a: {} });
  const { enginePid, components } = await house.ma.instance(id);
  process.kill(enginePid as number, "SIGKILL");
  const failed = await settled(() => house.ma.instance(id), ({ state, enginePid }) => state === "failed" && enginePid === null);
  expect(failed.components[0]).toMatchObject({ state: "failed", pid: null });
  expect(() => process.kill(components[0]?.pid as number, 0)).toThrow(/ESRCH/);
  expect(await house.ma.health(id)).toMatchObject({ healthy: false, engine: { alive: false, problem: expect.stringMatching(/killed by SIGKILL/) } });
  expect(await house.over(house.ma.operate(id, "STARTED"))).toMatchObject({ state: "COMPLETED" });
  expect(await house.ma.health(id)).toMatchObject({ healthy: true });
});

test("health tells what is ill: one that is away, one that does not answer", async () => {
  const id = await running({ a: { connect: true }, b: {} });
  const { pid } = await component(id);
  process.kill(pid as number, "SIGSTOP");
  const { healthy, components } = await house.ma.health(id);
  process.kill(pid as number, "SIGCONT");
  expect(healthy).toBe(false);
  expect(components).toMatchObject([{ name: "a", alive: true, answers: false, problem: expect.stringMatching(/does not answer/) }, { name: "b", answers: true }]);
});
