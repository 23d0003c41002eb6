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

const get = async (path: string) => (await it.app.inject(path)).json();
const one = () => `/coven/v1/instances/${id}`;

test("the daemon, the instances, statistics, health and metrics", async () => {
  expect(await get("/coven/v1/daemon")).toMatchObject({ pid: process.pid, frameworks: [{ name: "mock", usable: true }] });
  expect(await get("/coven/v1/instances")).toMatchObject([{ id, state: "running" }]);
  expect(await get(one())).toEqual(JSON.parse(JSON.stringify(await it.management.instance(id))));
  expect(await get(`${one()}/statistics`)).toEqual(await it.management.monitor(id));
  expect(await get(`${one()}/health`)).toMatchObject({ healthy: true, components: [{ name: "analyzer", answers: true }] });
  const metrics = await it.app.inject("/metrics");
  expect([metrics.body, metrics.headers["content-type"]]).toEqual([await it.management.metrics(), "text/plain; version=0.0.4; charset=utf-8"]);
});

test("agents: list, get, set, call", async () => {
  expect(await get(`${one()}/agents`)).toMatchObject([{ component: "analyzer", reachable: true, items: [{ name: "marked", value: 7 }, {}, {}, {}] }]);
  const item = (name: string) => `${one()}/agents/analyzer/${name}`;
  expect(await get(item("marked"))).toEqual({ name: "marked", value: 7 });
  const put = (name: string, payload: object) => it.app.inject({ method: "PUT", url: item(name), payload });
  expect((await put("udp", { value: true })).json()).toEqual({ name: "udp", value: true });
  expect(it.management.settings.udp).toBe(true);
  await put("udp", { value: "5" });
  expect(it.management.settings.udp, "a value keeps its type").toBe("5");
  expect((await put("udp", { value: [1] })).statusCode).toBe(400);
  expect((await put("marked", { value: 1 })).json()).toMatchObject({ status: 422, reason: "AGENT_REFUSED" });
  expect((await it.app.inject({ method: "POST", url: item("reset"), payload: { argument: "all of it" } })).json()).toEqual({ name: "reset", result: { echo: "all of it" } });
  expect((await it.app.inject({ method: "POST", url: item("reset"), payload: { argument: "two\nlines" } })).statusCode).toBe(400);
  expect(await get(item("none"))).toMatchObject({ status: 404 });
});

test("logs: of all or of one, as many lines as asked", async () => {
  expect(await get(`${one()}/logs`)).toHaveLength(3);
  expect(await get(`${one()}/logs?component=filter&tail=1`)).toEqual([{ component: "filter", text: "three" }]);
  expect(await get(`${one()}/logs?tail=many`)).toMatchObject({ status: 400, reason: "QUERY_MALFORMED" });
});

test("indicators are the agents' items without commands, with an object for a value", async () => {
  const all = await get("/vnfind/v1/indicators");
  expect(all.map((each: { id: string }) => each.id)).toEqual(["analyzer.marked", "analyzer.sizes", "analyzer.udp"]);
  expect(await get(`/vnfind/v1/indicators/${id}`)).toEqual(all);
  expect(all[0]).toMatchObject({ value: { value: 7 }, vnfInstanceId: id, name: "packets marked" });
  expect(all[1].value).toEqual({ count: 1, sum: 60, buckets: [[64, 1]] });
  expect(await get(new URL(all[1]._links.self.href).pathname)).toEqual(all[1]);
  expect(await get(`/vnfind/v1/indicators/${id}/analyzer.none`)).toMatchObject({ status: 404 });
  expect(await get("/vnfind/v1/indicators?filter=(gte,value/value,7)")).toHaveLength(1);
});

test("an error that nobody expected is a problem too, without its inside", async () => {
  const broken = await harness();
  broken.management.daemon = async () => {
    throw new TypeError("secret");
  };
  const answer = await broken.app.inject("/coven/v1/daemon");
  expect(answer.json()).toMatchObject({ status: 500, reason: "INTERNAL" });
  expect(answer.body).not.toContain("secret");
  await broken.app.close();
});
