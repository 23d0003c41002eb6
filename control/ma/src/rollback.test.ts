import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Store } from "./store.ts";
import { House, mockPackage, settled } from "./testing/house.ts";
import { diff, snapshot } from "./testing/snapshot.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let house: House;
beforeEach(() => void (house = new House()));
afterEach(() => house.remove());

/** The daemon itself has the database open: what it tells is what is compared. */
async function look() {
  const rows = { packages: await house.ma.packages(), instances: await house.ma.instances() };
  return snapshot({ runFolder: house.runFolder, stateFolder: house.stateFolder, rows: () => rows });
}

const steps = ["bind", "folder", "engine", "channel", "ports", "components", "edges", "launch a", "launch b", "attach a", "attach b", "settings a", "settings b", "supervision", "traffic"];

test.each(steps)("a deployment that fails at step %s leaves nothing behind", async (failAt) => {
  await house.open({ failAt });
  const id = await house.create(mockPackage({ a: {}, b: {} }, { settings: { a: { level: 3 } } }));
  const before = await look();
  const operation = await house.over(house.ma.instantiate(id, { start: true }));
  expect(operation).toMatchObject({ state: "ROLLED_BACK", problem: { detail: `step ${failAt} was told to fail` } });
  expect(operation.steps.at(-1)).toMatchObject({ name: failAt, state: "failed" });
  expect(operation.steps.slice(0, -1).every(({ state }) => state === "undone")).toBe(true);
  await settled(async () => diff(before, await look()), (differences) => differences.length === 0);
  expect(await house.ma.instance(id)).toMatchObject({ state: "not-instantiated", operation: null });

  await house.reopen();
  expect(await house.over(house.ma.instantiate(id, { start: true }))).toMatchObject({ state: "COMPLETED" });
});

test("the names of the steps are those that this file makes fail", async () => {
  await house.open();
  const id = await house.create(mockPackage({ a: {}, b: {} }));
  const { steps: done } = await house.over(house.ma.instantiate(id, { start: true }));
  expect(done.map(({ name }) => name)).toEqual(steps);
});

test.each(["launch b", "attach b", "settings a", "supervision", "traffic"])("a start that fails at %s leaves the instance stopped", async (failAt) => {
  await house.open();
  const id = await house.create(mockPackage({ a: {}, b: {} }));
  await house.over(house.ma.instantiate(id, {}));
  await house.reopen({ failAt });
  const before = await look();
  expect(await house.over(house.ma.operate(id, "STARTED"))).toMatchObject({ state: "ROLLED_BACK" });
  expect(await house.ma.instance(id)).toMatchObject({ state: "stopped" });
  await settled(async () => diff(before, await look()).filter((line) => !/\.log$/.test(line)), (differences) => differences.length === 0);
});

test("a stop leaves what there was before the start", async () => {
  await house.open();
  const id = await house.create(mockPackage({ a: {}, b: { ignore_sigterm: true } }));
  await house.over(house.ma.instantiate(id, {}));
  const before = await look();
  await house.over(house.ma.operate(id, "STARTED"));
  expect(await house.over(house.ma.operate(id, "STOPPED", 100))).toMatchObject({ state: "COMPLETED" });
  expect(diff(before, await look()).filter((line) => !/\.log$/.test(line))).toEqual([]);
});

test.each(["traffic", "supervision", "stop a"])("a stop that fails at %s has failed, and can be terminated", async (failAt) => {
  await house.open();
  const id = await house.create(mockPackage({ a: {} }));
  const before = await look();
  await house.over(house.ma.instantiate(id, { start: true }));
  await house.reopen({ failAt });
  expect(await house.over(house.ma.operate(id, "STOPPED"))).toMatchObject({ state: "FAILED" });
  expect(await house.ma.instance(id)).toMatchObject({ state: "failed" });
  await house.reopen();
  expect(await house.over(house.ma.terminate(id))).toMatchObject({ state: "COMPLETED" });
  await settled(async () => diff(before, await look()), (differences) => differences.length === 0);
});

test.each([
  ["exits", { exit_code: 3 }, /^component b ended at once \(exit 3\): mock b: starts as \d+$/],
  ["is killed", { signal: "SIGSEGV" }, /^component b ended at once \(killed by SIGSEGV\)/],
  ["never connects", { connect: false }, /^component b did not connect within 0.5 s: mock b: starts as \d+$/],
])("a component that %s fails the start with its last words", async (_, wish, words) => {
  await house.open({ attach_ms: 500 });
  const id = await house.create(mockPackage({ a: {}, b: wish }));
  const before = await look();
  const { state, problem } = await house.over(house.ma.instantiate(id, { start: true }));
  expect([state, problem?.title]).toEqual(["ROLLED_BACK", expect.stringMatching(words)]);
  await settled(async () => diff(before, await look()), (differences) => differences.length === 0);
});

test("a port that cannot be opened, and a setting that is refused", async () => {
  await house.open();
  const port = await house.create(mockPackage({ a: {} }, { port: "{ backend: af_packet, interface: broken }" }), "port");
  expect((await house.over(house.ma.instantiate(port, { start: true }))).problem).toMatchObject({ reason: "ENGINE_FAILED", title: "the engine could not make its ports: there is no interface broken" });
  const setting = await house.create(mockPackage({ a: { refuse: "level" } }, { settings: { a: { level: 3 } } }), "setting");
  expect((await house.over(house.ma.instantiate(setting, { start: true }))).problem).toMatchObject({
    reason: "SETTING_REFUSED",
    title: "component a refused setting level = 3: the agent of a says: level cannot be 3",
  });
});

test("an engine that is not there is named", async () => {
  const { platformPaths } = await import("@coven/pps");
  await house.open({ paths: { ...platformPaths(), engine: "/nowhere/engine" } });
  const id = await house.create(mockPackage({ a: {} }));
  expect((await house.over(house.ma.instantiate(id, {}))).problem?.title).toBe("the engine could not start: there is no /nowhere/engine");
});

test("the database holds nothing of a rolled back deployment", async () => {
  await house.open({ failAt: "traffic" });
  const id = await house.create(mockPackage({ a: {} }));
  await house.over(house.ma.instantiate(id, { start: true }));
  await house.ma.close();
  const store = new Store(house.stateFolder);
  expect(store.dump().tasks).toEqual([]);
  expect(store.instances.get(id)).toEqual(expect.not.objectContaining({ engine: expect.anything() }));
  store.close();
});
