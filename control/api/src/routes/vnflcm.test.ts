import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { created, type Harness, harness, onboarded, problemsOfSchema, running } from "../testing/harness.ts";

let it: Harness;
beforeAll(async () => {
  it = await harness();
});
afterEach(async () => {
  expect(problemsOfSchema.splice(0)).toEqual([]);
  for (const { id, state } of await it.management.instances()) {
    if (state !== "not-instantiated") await it.management.terminate(id);
    await it.management.deleteInstance(id);
  }
});
afterAll(() => it.app.close());

const instances = "/vnflcm/v2/vnf_instances";
const post = (url: string, payload: object) => it.app.inject({ method: "POST", url, payload });

test("an instance is created, instantiated, operated, terminated and deleted", async () => {
  const vnfdId = await onboarded(it);
  const made = await post(instances, { vnfdId, vnfInstanceName: "edge", vnfInstanceDescription: "at the door", metadata: { rack: 4 } });
  expect(made.statusCode).toBe(201);
  const { id } = made.json();
  expect(made.headers.location).toBe(`http://localhost:80${instances}/${id}`);
  expect(made.json()).toMatchObject({ vnfdId, vnfInstanceName: "edge", instantiationState: "NOT_INSTANTIATED", metadata: { rack: 4 }, _links: { instantiate: {} } });

  const lan = { backend: "af_packet", interface: "veth0" };
  const deployed = await post(`${instances}/${id}/instantiate`, { flavourId: "default", additionalParams: { ports: { lan }, start: true } });
  expect([deployed.statusCode, deployed.body]).toEqual([202, ""]);
  const occurrence = new URL(String(deployed.headers.location));
  expect((await it.app.inject(occurrence.pathname)).json()).toMatchObject({
    operation: "INSTANTIATE", operationState: "COMPLETED", vnfInstanceId: id, isAutomaticInvocation: false, steps: [{ name: "start the engine", state: "done", ms: 12 }],
  });
  const one = (await it.app.inject(`${instances}/${id}`)).json();
  expect(one).toMatchObject({ instantiationState: "INSTANTIATED", instantiatedVnfInfo: { vnfState: "STARTED", vnfcInfo: [{ id: "analyzer" }] } });
  expect(one.instantiatedVnfInfo.extCpInfo[0]).toMatchObject({ id: "lan", metadata: { binding: lan } });

  expect((await post(`${instances}/${id}/operate`, { changeStateTo: "STOPPED", stopType: "GRACEFUL", gracefulStopTimeout: 2 })).statusCode).toBe(202);
  expect((await it.management.operations()).at(-1)?.parameters).toEqual({ target: "STOPPED", graceful_ms: 2000 });
  expect((await post(`${instances}/${id}/terminate`, { terminationType: "FORCEFUL" })).statusCode).toBe(202);
  expect((await it.management.operations()).at(-1)?.parameters).toEqual({ graceful_ms: 0 });
  expect((await it.app.inject({ method: "DELETE", url: `${instances}/${id}` })).statusCode).toBe(204);
});

test("a name is given once; without one it is the VNF's", async () => {
  const vnfdId = await onboarded(it);
  expect((await post(instances, { vnfdId })).json().vnfInstanceName).toBe("wire");
  expect((await post(instances, { vnfdId, vnfInstanceName: "wire" })).json()).toMatchObject({ status: 409, reason: "NAME_TAKEN" });
});

test.each([
  ["operate", { changeStateTo: "STARTED" }],
  ["terminate", { terminationType: "GRACEFUL" }],
])("%s is refused before an instance is instantiated", async (task, body) => {
  const id = await created(it);
  const refused = (await post(`${instances}/${id}/${task}`, body)).json();
  expect(refused).toMatchObject({ status: 409, reason: "ACTION_NOT_ALLOWED", type: "urn:coven:problem:ACTION_NOT_ALLOWED" });
  expect(refused.instance).toBe(`${instances}/${id}/${task}`);
});

test("a running instance is neither instantiated nor deleted", async () => {
  const id = await running(it);
  expect((await post(`${instances}/${id}/instantiate`, {})).statusCode).toBe(409);
  expect((await it.app.inject({ method: "DELETE", url: `${instances}/${id}` })).statusCode).toBe(409);
});

test.each([
  ["no vnfdId", "", {}],
  ["a name with a slash", "", { vnfdId: "x", vnfInstanceName: "a/b" }],
  ["an attribute that is not known", "", { vnfdId: "x", vnfdIdd: "y" }],
  ["a number where a word belongs", "", { vnfdId: 7 }],
  ["a port without backend", "/x/instantiate", { additionalParams: { ports: { lan: { interface: "eth0" } } } }],
  ["another flavour", "/x/instantiate", { flavourId: "large" }],
  ["a state that there is not", "/x/operate", { changeStateTo: "PAUSED" }],
  ["no way to terminate", "/x/terminate", {}],
])("a body with %s is malformed", async (_what, path, payload) => {
  expect((await post(`${instances}${path}`, payload)).json()).toMatchObject({ status: 400, reason: "BODY_MALFORMED" });
});

test.each([
  ["not JSON", "{", "application/json", 400, "BODY_MALFORMED"],
  ["empty", "", "application/json", 400, "BODY_MALFORMED"],
  ["of another type", "a=b", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA"],
  ["a zip", "PK", "application/zip", 415, "UNSUPPORTED_MEDIA"],
  ["too large", `"${"x".repeat(1024 * 1024)}"`, "application/json", 413, "TOO_LARGE"],
])("a body that is %s is refused", async (_what, payload, type, status, reason) => {
  const answer = await it.app.inject({ method: "POST", url: instances, payload, headers: { "content-type": type } });
  expect(answer.json()).toMatchObject({ status, reason });
});

test("what does not exist is 404, another method 405 with the ones that are", async () => {
  expect((await it.app.inject(`${instances}/none`)).json()).toMatchObject({ status: 404, detail: "there is no instance none" });
  expect((await it.app.inject("/vnflcm/v2/vnf_lcm_op_occs/none")).json()).toMatchObject({ status: 404, reason: "NOT_FOUND" });
  expect((await it.app.inject("/nowhere")).json()).toMatchObject({ status: 404, detail: "there is no resource /nowhere" });
  const wrong = await it.app.inject({ method: "PATCH", url: instances });
  expect(wrong.json()).toMatchObject({ status: 405, reason: "METHOD_NOT_ALLOWED" });
  expect(wrong.headers.allow).toContain("POST");
  expect((await it.app.inject("/%zz")).json()).toMatchObject({ status: 400 });
});

test("versions are listed and checked", async () => {
  for (const [api, prefix, version] of [["vnflcm", "v2", "2.3.0"], ["vnfpkgm", "v2", "2.4.0"], ["vnfind", "v1", "1.4.0"]]) {
    for (const url of [`/${api}/api_versions`, `/${api}/${prefix}/api_versions`]) {
      expect((await it.app.inject(url)).json()).toMatchObject({ uriPrefix: `http://localhost:80/${api}/${prefix}/`, apiVersions: [{ version }] });
    }
  }
  const good = await it.app.inject({ url: instances, headers: { version: "2.3.0" } });
  expect([good.statusCode, good.headers.version]).toEqual([200, "2.3.0"]);
  expect((await it.app.inject({ url: instances, headers: { version: "9.0.0" } })).json()).toMatchObject({ status: 406, reason: "VERSION_UNSUPPORTED" });
});

test("lists leave out what is long, unless asked", async () => {
  const id = await running(it);
  const get = async (query: string) => (await it.app.inject(`${instances}?${query}`)).json()[0];
  expect(await get("")).not.toHaveProperty("instantiatedVnfInfo");
  expect(await get("fields=instantiatedVnfInfo")).toMatchObject({ id, instantiatedVnfInfo: { vnfState: "STARTED" } });
  expect(await get("exclude_fields=metadata")).toHaveProperty("instantiatedVnfInfo");
  expect(await get("exclude_default&fields=metadata")).toHaveProperty("metadata");
  expect(await get("filter=(eq,instantiatedVnfInfo/vnfState,STARTED)")).toMatchObject({ id });
  expect(await get("filter=(eq,instantiatedVnfInfo/vnfcInfo/id,nobody)")).toBeUndefined();
  expect((await it.app.inject("/vnflcm/v2/vnf_lcm_op_occs?filter=(eq,operation,OPERATE);(eq,vnfInstanceId,none)")).json()).toEqual([]);
});
