import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { House, mockPackage, settled, zipOf } from "./testing/house.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
let house: House;
beforeEach(async () => void (await (house = new House()).open()));
afterEach(() => house.remove());

const stored = () => readdirSync(join(house.stateFolder, "packages"));
async function uploaded(content: Readable) {
  const { id } = await house.ma.createPackage({});
  await house.ma.uploadPackage(id, content);
  return settled(() => house.ma.package(id), ({ state }) => state !== "PROCESSING");
}

test("a package goes from CREATED to ONBOARDED, and can be read back", async () => {
  const files = mockPackage({ a: {} });
  const zip = await zipOf(files);
  const created = await house.ma.createPackage({ owner: "x" });
  expect(created).toMatchObject({ state: "CREATED", inUse: false, userData: { owner: "x" } });
  await expect(house.ma.packageContent(created.id)).rejects.toMatchObject({ reason: "PACKAGE_STATE" });
  await house.ma.uploadPackage(created.id, Readable.from([zip.subarray(0, 10), zip.subarray(10)]));
  const done = await settled(() => house.ma.package(created.id), ({ state }) => state !== "PROCESSING");
  expect(done).toMatchObject({ state: "ONBOARDED", vnf: { vnf: "mocks" }, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await buffer(await house.ma.packageContent(created.id))).toEqual(zip);
  expect(await house.ma.packageDescriptor(created.id)).toBe(files["vnf.yaml"]);
  await expect(house.ma.uploadPackage(created.id, Readable.from([zip]))).rejects.toMatchObject({ reason: "PACKAGE_STATE" });
});

test("one in use is kept; deleting leaves nothing", async () => {
  const id = await house.create(mockPackage({ a: {} }));
  const { packageId } = await house.ma.instance(id);
  expect(await house.ma.package(packageId)).toMatchObject({ inUse: true });
  await expect(house.ma.deletePackage(packageId)).rejects.toMatchObject({ reason: "PACKAGE_IN_USE", message: expect.stringMatching(/in use by instance vnf/) });
  await house.ma.deleteInstance(id);
  await house.ma.deletePackage(packageId);
  expect(stored()).toEqual([]);
  expect(await house.ma.packages()).toEqual([]);
});

test("one that cannot be prepared is in ERROR, with file and line, and nothing is stored", async () => {
  const view = await uploaded(Readable.from([await zipOf(mockPackage({ a: { prepare_error: "nothing works" } }))]));
  expect(view).toMatchObject({ state: "ERROR", problem: { reason: "COMPILE_FAILED", status: 422, title: "component a does not compile: a/mock.json:1:1: nothing works" } });
  expect(stored()).toEqual([]);
  await house.ma.deletePackage(view.id);
});

test("what is no zip, or holds no sound descriptor, is in ERROR", async () => {
  expect(await uploaded(Readable.from([Buffer.from("hello")]))).toMatchObject({ state: "ERROR", problem: { reason: "PACKAGE_NOT_ZIP" } });
  expect(await uploaded(Readable.from([await zipOf({ "a.txt": "" })]))).toMatchObject({ state: "ERROR", problem: { reason: "PACKAGE_NO_DESCRIPTOR" } });
  const unsound = { ...mockPackage({ a: {} }), "vnf.yaml": mockPackage({ a: {} })["vnf.yaml"]?.replace("lan -> a", "lan -> nobody") ?? "" };
  expect(await uploaded(Readable.from([await zipOf(unsound)]))).toMatchObject({ state: "ERROR", problem: { reason: "NAME_UNKNOWN", title: expect.stringMatching(/vnf\.yaml:\d+:\d+: path up names nobody/) } });
  expect(stored()).toEqual([]);
});

test("an archive that is too large, or breaks off, is refused and can be sent again", async () => {
  await house.reopen({ archive_bytes_max: 1000 });
  const { id } = await house.ma.createPackage({});
  await expect(house.ma.uploadPackage(id, Readable.from([Buffer.alloc(600), Buffer.alloc(600)]))).rejects.toMatchObject({ reason: "TOO_LARGE" });
  await expect(house.ma.uploadPackage(id, new Readable({ read() { this.destroy(new Error("reset")); } }))).rejects.toThrow("reset");
  expect(await house.ma.package(id)).toMatchObject({ state: "CREATED" });
  expect(stored()).toEqual([]);
});

test("a framework that is missing here is named, with the reason", async () => {
  const { platformPaths } = await import("@coven/pps");
  await house.reopen({ paths: { ...platformPaths(), mock: "/nowhere/program.mjs" } });
  const view = await uploaded(Readable.from([await zipOf(mockPackage({ a: {} }))]));
  expect(view.problem).toMatchObject({ reason: "FRAMEWORK_MISSING", title: "framework mock is not usable on this host: there is no /nowhere/program.mjs" });
  expect((await house.ma.daemon()).frameworks.find(({ name }) => name === "mock")).toMatchObject({ usable: false });
});

test("what no row knows is removed at the next start", async () => {
  const { mkdirSync } = await import("node:fs");
  mkdirSync(join(house.stateFolder, "packages/orphan"));
  await house.reopen();
  expect(existsSync(join(house.stateFolder, "packages/orphan"))).toBe(false);
});
