import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Harness, harness, problemsOfSchema, running } from "../testing/harness.ts";

let it: Harness;
let id: string;
beforeAll(async () => {
  it = await harness();
  id = await running(it);
});
afterEach(() => expect(problemsOfSchema.splice(0)).toEqual([]));
afterAll(() => it.app.close());

const one = () => `/coven/v1/instances/${id}/nsh`;
const ask = async (method: "GET" | "PUT" | "PATCH", path: string, payload?: object) => {
  const answer = await it.app.inject({ method, url: `${one()}${path}`, ...(payload && { payload }) });
  return [answer.statusCode, answer.json()];
};

test("contexts by path and flow, of as many flows as asked", async () => {
  expect(await ask("GET", "")).toEqual([200, await it.management.nsh(id, 64)]);
  expect((await ask("GET", "?flows=0"))[1].flows).toEqual([]);
  expect(await ask("GET", "?flows=2000")).toMatchObject([400, { reason: "QUERY_MALFORMED" }]);
  expect((await it.app.inject("/coven/v1/instances/none/nsh")).statusCode).toBe(404);
});

test("fields of a path or a flow are set and taken back", async () => {
  const flow = { protocol: 17, source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 1, destinationPort: 2 };
  expect(await ask("PUT", "/contexts/up", { fields: { tenant: 7, rest: "0xff" }, flow })).toEqual([200, [{ path: "up", flow, fields: { tenant: 7, rest: "0xff" } }]]);
  expect((await ask("GET", ""))[1].sets).toHaveLength(1);
  expect(await ask("PUT", "/contexts/up", { fields: {} })).toEqual([200, []]);
  for (const wrong of [{}, { fields: { tenant: true } }, { fields: {}, flow: { protocol: 300 } }, { fields: {}, more: 1 }]) expect(await ask("PUT", "/contexts/up", wrong)).toMatchObject([400, { reason: "BODY_MALFORMED" }]);
});

test("rules and roles are read and changed, of the revision that is meant", async () => {
  expect(await ask("GET", "/configuration")).toMatchObject([200, { revision: 0, roles: { lan: "none" } }]);
  const classify = [{ path: "up", destinationPort: 443 }];
  expect(await ask("PATCH", "/configuration", { classify, roles: { lan: "classify" }, revision: 0 })).toMatchObject([200, { revision: 1, classify, roles: { lan: "classify" } }]);
  expect(await ask("PATCH", "/configuration", { classify: [], revision: 0 })).toMatchObject([409, { reason: "NSH_BUSY" }]);
  for (const wrong of [{ roles: { lan: "king" } }, { classify: [{ port: 1 }] }, { quiet_ms: -1 }]) expect(await ask("PATCH", "/configuration", wrong)).toMatchObject([400, { reason: "BODY_MALFORMED" }]);
});
