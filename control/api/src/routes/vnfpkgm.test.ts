import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { descriptor } from "../testing/fake.ts";
import { limited } from "../limited.ts";
import { type Harness, harness, onboarded, problemsOfSchema, running, zip } from "../testing/harness.ts";

let it: Harness;
beforeAll(async () => {
  it = await harness();
});
afterEach(() => expect(problemsOfSchema.splice(0)).toEqual([]));
afterAll(() => it.app.close());

const packages = "/vnfpkgm/v2/vnf_packages";
const content = (id: string) => `${packages}/${id}/package_content`;
const asZip = { "content-type": "application/zip" };

test("a package is created, uploaded, read and deleted", async () => {
  const created = await it.app.inject({ method: "POST", url: packages, payload: { userDefinedData: { team: "edge" } } });
  expect(created.statusCode).toBe(201);
  const { id } = created.json();
  expect(created.headers.location).toBe(`http://localhost:80${packages}/${id}`);
  expect(created.json()).toMatchObject({ onboardingState: "CREATED", operationalState: "DISABLED", userDefinedData: { team: "edge" } });

  const uploaded = await it.app.inject({ method: "PUT", url: content(id), payload: zip, headers: asZip });
  expect([uploaded.statusCode, uploaded.body]).toEqual([202, ""]);
  const one = (await it.app.inject(`${packages}/${id}`)).json();
  expect(one).toMatchObject({ onboardingState: "ONBOARDED", operationalState: "ENABLED", vnfdId: id, vnfProductName: "wire", checksum: { algorithm: "SHA-256", hash: "00" } });

  const archive = await it.app.inject(content(id));
  expect(archive.rawPayload.equals(zip)).toBe(true);
  expect(archive.headers["content-type"]).toBe("application/zip");
  const vnfd = await it.app.inject(`${packages}/${id}/vnfd`);
  expect([vnfd.body, vnfd.headers["content-type"]]).toEqual([descriptor, "text/plain; charset=utf-8"]);

  expect((await it.app.inject({ method: "DELETE", url: `${packages}/${id}` })).statusCode).toBe(204);
  expect((await it.app.inject(`${packages}/${id}`)).json()).toMatchObject({ status: 404, reason: "NOT_FOUND", detail: `there is no package ${id}` });
});

test("a package in use is not deleted, and says by whom it is used", async () => {
  const instance = await running(it);
  const { vnfdId } = (await it.app.inject(`/vnflcm/v2/vnf_instances/${instance}`)).json();
  const refused = await it.app.inject({ method: "DELETE", url: `${packages}/${vnfdId}` });
  expect(refused.json()).toMatchObject({ status: 409, reason: "PACKAGE_IN_USE", title: "package in use" });
});

test.each([
  ["what is no zip", Buffer.from("hello"), asZip, 422, "PACKAGE_NOT_ZIP"],
  ["another media type", "{}", { "content-type": "application/json" }, 415, "UNSUPPORTED_MEDIA"],
  ["more than the limit, as announced", zip, { ...asZip, "content-length": String(2 ** 40) }, 413, "TOO_LARGE"],
  ["nothing", undefined, {}, 400, "BODY_MALFORMED"],
])("%s is refused as content", async (_what, payload, headers, status, reason) => {
  const { id } = (await it.app.inject({ method: "POST", url: packages, payload: {} })).json();
  const answer = await it.app.inject({ method: "PUT", url: content(id), headers, ...(payload ? { payload } : {}) });
  expect(answer.json()).toMatchObject({ status, reason });
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
});

test("content is uploaded once", async () => {
  const id = await onboarded(it);
  const again = await it.app.inject({ method: "PUT", url: content(id), payload: zip, headers: asZip });
  expect(again.json()).toMatchObject({ status: 409, reason: "PACKAGE_STATE" });
});

/** PUTs `mebibytes` MiB over a real socket. */
async function put({ app }: Harness, mebibytes: number): Promise<number> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    // Not "localhost": where a test's interfaces have left nothing but addresses of IPv6, the resolver looks for no other.
    const request = httpRequest({ host: "127.0.0.1", port, method: "PUT", path: content("any"), headers: asZip }, (response) => {
      response.resume().on("end", () => request.destroy()); // what was not sent by now is not wanted
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    Readable.from(Array.from({ length: mebibytes }, () => Buffer.alloc(1024 * 1024))).pipe(request);
  });
}

test("content is handed on as it comes: 64 MiB pass, and at no time are 2 MiB held", async () => {
  const own = await harness();
  let most = 0;
  own.management.uploadPackage = async (_id, stream) => {
    for await (const _ of stream) most = Math.max(most, stream.readableLength);
  };
  expect(await put(own, 64)).toBe(202);
  expect(most).toBeLessThan(2 * 1024 * 1024);
  await own.app.close();
});

test("a client that is still sending hears the refusal", async () => {
  const own = await harness();
  expect(await put(own, 16)).toBe(404);
  await own.app.close();
});

test("more than the limit is refused, announced or not", async () => {
  let taken = 0;
  const use = async (stream: Readable) => {
    for await (const chunk of stream) taken += chunk.length;
  };
  await expect(limited(Readable.from([Buffer.alloc(6), Buffer.alloc(6)]), 10, use)).rejects.toMatchObject({ reason: "TOO_LARGE" });
  expect(taken).toBeLessThanOrEqual(10);
});

test("lists are filtered and selected", async () => {
  const own = await harness();
  const id = await onboarded(own);
  await own.app.inject({ method: "POST", url: packages, payload: { userDefinedData: { team: "edge" } } });
  const get = async (query: string) => (await own.app.inject(`${packages}?${query}`)).json();
  expect(await get("")).toHaveLength(2);
  expect((await get(""))[0]).not.toHaveProperty("checksum");
  expect((await get("all_fields"))[0]).toHaveProperty("checksum");
  expect(await get("filter=(eq,onboardingState,ONBOARDED)")).toMatchObject([{ id }]);
  expect(await get("filter=(eq,userDefinedData/team,edge)")).toHaveLength(1);
  expect(await get("filter=(eq,nothing,x)")).toEqual([]);
  expect(await get("filter=(is,id,x)")).toMatchObject({ status: 400, reason: "QUERY_MALFORMED" });
  expect(await get("fields=nothing")).toMatchObject({ status: 400, detail: expect.stringContaining('"nothing"') });
  expect(await get("colour=red")).toMatchObject({ status: 400, reason: "QUERY_MALFORMED" });
  await own.app.close();
});
