import { appendFileSync, existsSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { log_max } from "./logs.ts";
import { House, mockPackage } from "./testing/house.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let house: House;
let id: string;
beforeAll(async () => {
  await (house = new House()).open();
  id = await house.create(mockPackage({ a: { level: 1 }, b: {} }));
  await house.over(house.ma.instantiate(id, { start: true }));
});
afterAll(() => house.remove());
const log = () => join(house.stateFolder, "instances", id.slice(0, 8), "a.log");

test("usage: the engine and each component, and their sum", async () => {
  const { usage, statistics } = await house.ma.monitor(id);
  expect(Object.keys(usage.components)).toEqual(["a", "b"]);
  expect(usage.engine.memory_bytes).toBeGreaterThan(1e6);
  const parts = [usage.engine, ...Object.values(usage.components)];
  expect(usage.total.memory_bytes).toBe(parts.reduce((sum, one) => sum + one.memory_bytes, 0));
  expect(statistics?.components.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("agents: list, get, set, call", async () => {
  expect(await house.ma.agents(id)).toMatchObject([{ component: "a", reachable: true, items: [{ name: "level", value: 1 }] }, { component: "b", items: [] }]);
  expect(await house.ma.agentSet(id, "a", "level", 7)).toBe(7);
  expect(await house.ma.agentGet(id, "a", "level")).toBe(7);
  await expect(house.ma.agentCall(id, "a", "level", "")).rejects.toMatchObject({ reason: "AGENT_REFUSED" });
  await expect(house.ma.agentGet(id, "c", "level")).rejects.toMatchObject({ reason: "NOT_FOUND", message: "there is no component vnf.c" });
});

test("logs: of all, of one, the last lines", async () => {
  expect((await house.ma.logs(id, {})).map(({ component, text }) => `${component}: ${text}`)).toEqual(expect.arrayContaining(["a: mock a: attached", "b: mock b: attached"]));
  expect(await house.ma.logs(id, { component: "a", tail: 1 })).toEqual([{ component: "a", text: "mock a: attached" }]);
  expect(await house.ma.logs(id, { component: "a", tail: 0 })).toEqual([]);
  await expect(house.ma.logs(id, { component: "c" })).rejects.toMatchObject({ reason: "NOT_FOUND" });
});

test("a log that grows is cut off, its last lines stay readable, and the component goes on writing", async () => {
  truncateSync(log(), log_max);
  appendFileSync(log(), "\nbefore\n");
  expect((await house.ma.logs(id, { component: "a", tail: 1 }))[0]?.text).toBe("before");
  expect(statSync(log()).size).toBe(0);
  appendFileSync(log(), "after\n");
  expect((await house.ma.logs(id, { component: "a", tail: 2 })).map(({ text }) => text)).toEqual(["before", "after"]);
  expect(existsSync(`${log()}.1`)).toBe(true);
});

test("metrics: Prometheus can read them", async () => {
  const text = await house.ma.metrics();
  expect(text).toMatch(/^coven_instances\{state="running"\} 1$/m);
  expect(text).toMatch(/^coven_instance_up\{instance="vnf"\} 1$/m);
  expect(text).toMatch(/^coven_process_memory_bytes\{instance="vnf",process="engine"\} \d+$/m);
  expect(text).toMatch(/^coven_component_packets_in_total\{instance="vnf",component="a"\} 0$/m);
  expect(text).toMatch(/^coven_port_up\{instance="vnf",port="lan"\} 1$/m);
});
