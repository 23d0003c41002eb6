/** The NSH of running instances, with the real engine and a component in C. */
import { existsSync } from "node:fs";
import type { Plan } from "@coven/contract";
import { platformPaths } from "@coven/pps";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Store } from "./store.ts";
import { House, settled } from "./testing/house.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const paths = platformPaths();
const there = existsSync(paths.engine);
if (!there) console.log(`SKIP the NSH of running instances: there is no engine at ${paths.engine}`);

const descriptor = `vnf: marker
version: 1.0.0
connectionPoints:
  lan: { nsh: classify, port: { backend: generate, rate: 5000, flows: 4 } }
  wan: { nsh: proxy, port: { backend: generate, count: 0 } }
components: { f: { framework: c, source: f, context: tenants } }
paths: { web: lan -> f -> wan, rest: lan -> wan, back: wan -> f -> lan }
nsh:
  contexts: { tenants: [ { field: tenant, bits: 32 }, { field: rest, bits: 96 } ] }
  paths: { web: { spi: 10 }, back: { spi: 11 } }
  classify: [ { path: web, protocol: udp, context: { tenant: 1 } } ]
`;
const source = "#include <coven/nf.h>\nstatic coven_verdict pass(coven_packet *packet, void *state) { (void)packet; (void)state; return COVEN_FORWARD; }\nint main(void) { return coven_run(pass, NULL); }\n";

describe.runIf(there)("the NSH of a running instance", () => {
  let house: House;
  let id: string;
  beforeEach(async () => {
    house = new House();
    await house.open({ paths });
    id = await house.create({ "vnf.yaml": descriptor, "f/main.c": source });
    const { problem } = await house.over(house.ma.instantiate(id, { start: true }));
    expect(problem).toBeUndefined();
  });
  afterEach(() => house.remove());

  const web = async () => (await house.ma.nsh(id, 4)).paths.find(({ path }) => path === "web");
  const carried = (wanted: object) => settled(web, (seen) => JSON.stringify(seen?.left) === JSON.stringify(wanted) && JSON.stringify(seen?.came) === JSON.stringify(wanted));
  const dropped = async () => (await house.ma.monitor(id)).statistics?.dropped;

  test("is seen by path and flow, with its fields by name", async () => {
    await carried({ tenant: 1, rest: 0 });
    const { paths, flows, watched_ms } = await house.ma.nsh(id, 2);
    expect(watched_ms).toBeGreaterThan(0);
    expect(paths).toMatchObject([
      { path: "web", from: "lan", role: "classify", spi: 10, si: 255, layout: "tenants", fields: [{ field: "tenant", bits: 32 }, {}], components: [{ name: "f", context: "tenants" }], time: expect.stringMatching(/^20/) },
      { path: "back", from: "wan", role: "proxy", spi: 11, si: 255, packets: 0, time: null, came: null, left: null },
    ]);
    expect(flows).toHaveLength(2);
    expect(flows[0]).toMatchObject({ path: "web", spi: 10, flow: { protocol: 17, destinationPort: expect.any(Number) }, came: { tenant: 1, rest: 0 } });
    expect((await house.ma.agents(id))[0]).toMatchObject({ component: "f", context: [{ field: "tenant", bits: 32 }, { field: "rest", bits: 96 }] });
  });

  test("is set for a path and for a flow, and taken back", async () => {
    await carried({ tenant: 1, rest: 0 });
    const flow = (await house.ma.nsh(id, 1)).flows[0]?.flow;
    await house.ma.nshSet(id, "web", { rest: "0xffffffffffffffffffffffff" });
    const sets = await house.ma.nshSet(id, "web", { tenant: 9 }, flow);
    expect(sets).toEqual([{ path: "web", fields: { rest: "0xffffffffffffffffffffffff" } }, { path: "web", flow, fields: { tenant: 9 } }]);
    const seen = await settled(async () => (await house.ma.nsh(id, 9)).flows, (flows) => flows.length === 4 && flows.every(({ left }) => left?.rest !== 0));
    expect(seen.map((row) => [JSON.stringify(row.flow) === JSON.stringify(flow), row.left?.tenant]).toSorted()).toEqual([[false, 1], [false, 1], [false, 1], [true, 9]]);
    await house.ma.nshSet(id, "web", {}, flow);
    expect(await house.ma.nshSet(id, "web", {})).toEqual([]);
    await carried({ tenant: 1, rest: 0 });
    for (const [path, fields, message] of [
      ["web", { tenent: 1 }, "has no field tenent; it has tenant, rest"],
      ["web", { tenant: 2 ** 32 }, "it has 32 bits"],
      ["rest", { tenant: 1 }, "path rest has no SPI"],
      ["none", { tenant: 1 }, "there is no path from a connection point none"],
    ] as const) await expect(house.ma.nshSet(id, path, fields)).rejects.toThrow(message);
  });

  test("has rules that change while packets flow, and none is lost", async () => {
    await carried({ tenant: 1, rest: 0 });
    for (let tenant = 2; tenant < 8; tenant++) {
      await house.ma.nshConfigure(id, { classify: [{ path: "web", protocol: "udp", context: { tenant } }] });
      await carried({ tenant, rest: 0 });
    }
    const { revision, classify } = await house.ma.nshConfigure(id, { classify: [{ path: "web", protocol: "tcp" }] });
    expect([revision, classify]).toEqual([7, [{ path: "web", protocol: "tcp" }]]);
    const before = (await web())?.packets;
    const { statistics } = await house.ma.monitor(id);
    await settled(() => house.ma.monitor(id), (now) => (now.statistics?.transmitted ?? 0) > (statistics?.transmitted ?? 0) + 100);
    expect((await web())?.packets, "what fits no rule takes the plain path").toBe(before);
    expect(await dropped()).toEqual({});
    await expect(house.ma.nshConfigure(id, { classify: [], revision: 1 })).rejects.toMatchObject({ reason: "NSH_BUSY", message: expect.stringContaining("revision 7") });
    await expect(house.ma.nshConfigure(id, { classify: [{ path: "none" }] })).rejects.toMatchObject({ reason: "NSH_INVALID", message: expect.stringContaining("there is no path none") });
    expect(await house.ma.nshConfiguration(id)).toMatchObject({ revision: 7, classify: [{ protocol: "tcp" }] });
  });

  test("has roles that change while packets flow, and none is lost", async () => {
    for (const lan of ["proxy", "aware", "classify", "none", "classify"] as const) {
      const rest = ["proxy", "aware", "none"].includes(lan) ? [] : [{ path: "web", protocol: "udp" as const, context: { tenant: 3 } }];
      const { roles } = await house.ma.nshConfigure(id, { roles: { lan }, classify: rest });
      expect(roles).toEqual({ lan, wan: "proxy" });
      const { statistics } = await house.ma.monitor(id);
      await settled(() => house.ma.monitor(id), (now) => (now.statistics?.transmitted ?? 0) > (statistics?.transmitted ?? 0) + 100);
    }
    await carried({ tenant: 3, rest: 0 });
    expect(await dropped()).toEqual({});
    expect((await house.ma.instance(id)).vnf.connectionPoints.lan?.nsh).toBe("classify");
    await expect(house.ma.nshConfigure(id, { roles: { moon: "proxy" } })).rejects.toMatchObject({ reason: "POINT_UNKNOWN" });
    await expect(house.ma.nshConfigure(id, { classify: [] })).rejects.toThrow("connection point lan has nsh: classify, but no rule");
  });

  test("is brought to what was to be, where a daemon ended while it changed it", async () => {
    await carried({ tenant: 1, rest: 0 });
    await house.ma.close();
    const store = new Store(house.stateFolder);
    const { plan, nsh } = store.instances.get(id) ?? {};
    const actions = JSON.parse(JSON.stringify(plan?.actions).replaceAll(`00000001${"0".repeat(24)}`, `00000008${"0".repeat(24)}`));
    const sets = [{ path: "web", fields: { rest: 9 } }];
    const classify = [{ path: "web", protocol: "udp" as const, context: { tenant: 8 } }];
    store.instances.update(id, { plan: { ...plan, actions } as Plan, nsh: { ...nsh, roles: {}, revision: 1, classify, sets, applying: true } });
    store.close();
    await house.open({ paths });
    await carried({ tenant: 8, rest: 9 });
    expect(await dropped()).toEqual({});
  });

  test("stays as it was where packets do not leave", async () => {
    await carried({ tenant: 1, rest: 0 });
    const { pid } = (await house.ma.instance(id)).components[0] ?? {};
    process.kill(pid as number, "SIGSTOP");
    await settled(() => house.ma.monitor(id), ({ statistics }) => (statistics?.in_flight ?? 0) > 0);
    const refused = await house.ma.nshConfigure(id, { roles: { wan: "aware" }, quiet_ms: 20 }).catch((error) => error);
    process.kill(pid as number, "SIGCONT");
    expect(refused).toMatchObject({ reason: "NSH_BUSY", message: expect.stringContaining("still with the components; nothing was changed") });
    expect(await house.ma.nshConfiguration(id)).toMatchObject({ revision: 0, roles: { wan: "proxy" } });
    await carried({ tenant: 1, rest: 0 });
    expect(await house.ma.nshConfigure(id, { roles: { wan: "aware" } })).toMatchObject({ revision: 1, roles: { wan: "aware" } });
  });

  test("is remembered: by the next daemon, by the next engine, until the instance is terminated", async () => {
    await house.ma.nshConfigure(id, { classify: [{ path: "web", context: { tenant: 5 } }] });
    await house.ma.nshSet(id, "web", { rest: 6 });
    const { enginePid } = await house.ma.instance(id);
    await house.reopen({ paths });
    expect(await house.ma.instance(id)).toMatchObject({ state: "running", enginePid });
    expect(await house.ma.nshConfiguration(id)).toMatchObject({ revision: 1, classify: [{ path: "web", context: { tenant: 5 } }] });
    await carried({ tenant: 5, rest: 6 });
    process.kill(enginePid as number, "SIGKILL");
    await settled(() => house.ma.instance(id), ({ state }) => state === "failed");
    expect(await house.over(house.ma.operate(id, "STARTED"))).toMatchObject({ state: "COMPLETED" });
    await carried({ tenant: 5, rest: 6 });
    expect(await house.over(house.ma.terminate(id))).toMatchObject({ state: "COMPLETED" });
    expect(await house.ma.nshConfiguration(id)).toMatchObject({ revision: 0, classify: [{ context: { tenant: 1 } }] });
    expect((await house.ma.nsh(id, 4)).sets).toEqual([]);
    await expect(house.ma.nshSet(id, "web", { rest: 6 })).rejects.toMatchObject({ reason: "ACTION_NOT_ALLOWED" });
  });
});
