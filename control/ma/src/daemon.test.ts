
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { House, mockPackage, } from "./testing/house.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let house: House;
beforeEach(async () => void (await (house = new House()).open()));
afterEach(() => house.remove());

test("the life of an instance", async () => {
  const id = await house.create(mockPackage({ a: {}, b: {} }));
  expect(await house.ma.instance(id)).toMatchObject({ name: "vnf", state: "not-instantiated", operation: null, enginePid: null });

  const instantiated = await house.over(house.ma.instantiate(id, {}));
  expect(instantiated.problem).toBeUndefined();
  expect(instantiated).toMatchObject({ kind: "INSTANTIATE", state: "COMPLETED" });
  expect(instantiated.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(["bind", "folder", "engine", "channel", "ports", "components", "edges"].map((name) => `${name} done`));
  expect(await house.ma.instance(id)).toMatchObject({ state: "stopped", enginePid: expect.any(Number), ports: { lan: { backend: "loopback" } } });

  const started = await house.over(house.ma.operate(id, "STARTED"));
  expect(started).toMatchObject({ kind: "OPERATE", state: "COMPLETED" });
  const running = await house.ma.instance(id);
  expect(running).toMatchObject({ state: "running", components: [{ name: "a", state: "running" }, { name: "b", state: "running" }] });
  expect((await house.ma.monitor(id)).statistics).toMatchObject({ traffic: "on" });
  expect(await house.ma.health(id)).toMatchObject({ healthy: true, components: [{ name: "a", alive: true, answers: true, state: "running" }, { name: "b" }] });

  expect(await house.over(house.ma.operate(id, "STOPPED"))).toMatchObject({ state: "COMPLETED" });
  expect(await house.ma.instance(id)).toMatchObject({ state: "stopped", components: [{ state: "down", pid: null }, { state: "down", pid: null }] });
  expect(await house.over(house.ma.operate(id, "STARTED"))).toMatchObject({ state: "COMPLETED" });

  expect(await house.over(house.ma.terminate(id))).toMatchObject({ kind: "TERMINATE", state: "COMPLETED" });
  expect(await house.ma.instance(id)).toMatchObject({ state: "not-instantiated", enginePid: null });
  await house.ma.deleteInstance(id);
  await expect(house.ma.instance(id)).rejects.toMatchObject({ reason: "NOT_FOUND" });
});
