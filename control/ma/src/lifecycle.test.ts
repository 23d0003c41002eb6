import type { InstanceState } from "@coven/contract";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { allowedFrom, type LifecycleAction } from "./lifecycle.ts";
import { Store } from "./store.ts";
import { House, mockPackage } from "./testing/house.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let house: House;
let id: string;
beforeAll(async () => {
  await (house = new House()).open();
  id = await house.create(mockPackage({}));
});
afterAll(() => house.remove());

const act: Record<LifecycleAction, () => Promise<unknown>> = {
  instantiate: () => house.over(house.ma.instantiate(id, {})),
  start: () => house.over(house.ma.operate(id, "STARTED")),
  stop: () => house.over(house.ma.operate(id, "STOPPED")),
  terminate: () => house.over(house.ma.terminate(id)),
  delete: () => house.ma.deleteInstance(id),
};
/** How to come to a state from `not-instantiated`. */
const reach: Record<InstanceState, () => Promise<unknown>> = {
  "not-instantiated": async () => {},
  stopped: act.instantiate,
  running: () => house.over(house.ma.instantiate(id, { start: true })),
  failed: async () => {
    await act.instantiate();
    const { enginePid } = await house.ma.instance(id);
    process.kill(enginePid as number, "SIGKILL");
    await vi.waitFor(async () => expect(await house.ma.instance(id)).toMatchObject({ state: "failed", enginePid: null }), 30_000);
  },
};
const actions = Object.keys(allowedFrom) as LifecycleAction[];

test.each(Object.keys(reach) as InstanceState[])("every action in state %s is done or refused as the table says", async (state) => {
  for (const action of actions) {
    await reach[state]();
    expect(await house.ma.instance(id)).toMatchObject({ state });
    const allowed = (allowedFrom[action] as readonly string[]).includes(state);
    if (!allowed) await expect(act[action]()).rejects.toMatchObject({ reason: "ACTION_NOT_ALLOWED", message: `cannot ${action} an instance that is ${state}` });
    else if (action !== "delete") expect(await act[action]()).toMatchObject({ state: "COMPLETED" });
    else await act.delete().then(async () => (id = (await house.ma.createInstance({ packageId: (await house.ma.packages())[0]?.id as string, name: "vnf" })).id));
    if ((await house.ma.instance(id)).state !== "not-instantiated") await act.terminate();
  }
});

test("a second operation is refused while one is under way", async () => {
  const first = house.ma.instantiate(id, {});
  await first;
  await expect(house.ma.terminate(id)).rejects.toMatchObject({ reason: "BUSY", message: "instance vnf is busy: instantiate is under way" });
  expect(await house.ma.instance(id)).toMatchObject({ operation: "instantiate" });
  await house.over(first);
  await act.terminate();
});

test("names are taken once, packages and instances have to be there, ports have to be bound", async () => {
  const { packageId } = await house.ma.instance(id);
  await expect(house.ma.createInstance({ packageId, name: "vnf" })).rejects.toMatchObject({ reason: "NAME_TAKEN" });
  await expect(house.ma.createInstance({ packageId: "none", name: "b" })).rejects.toMatchObject({ reason: "NOT_FOUND" });
  await expect(house.ma.operate("none", "STARTED")).rejects.toMatchObject({ reason: "NOT_FOUND" });
  await expect(house.ma.operation("none")).rejects.toMatchObject({ reason: "NOT_FOUND" });
  await expect(house.ma.instantiate(id, { ports: { dmz: { backend: "loopback" } } })).rejects.toMatchObject({ reason: "POINT_UNKNOWN" });
  expect(await house.ma.instance(id)).toMatchObject({ state: "not-instantiated", operation: null });
});

test("old operations are forgotten, new ones kept", async () => {
  await house.ma.close();
  const store = new Store(house.stateFolder);
  for (let n = 0; n < 1003; n++) store.operations.put({ id: String(n), instanceId: "i", kind: "OPERATE", state: "COMPLETED", started: "", stateEntered: "", parameters: {}, steps: [] });
  store.forgetOldOperations();
  expect(store.operations.all().map((one) => one.id)).toEqual(Array.from({ length: 1000 }, (_, n) => String(n + 3)));
  store.close();
});
