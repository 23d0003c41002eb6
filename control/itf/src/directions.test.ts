import type { Vnf } from "@coven/contract";
import { describe, expect, it } from "vitest";
import { planVnf, readGraph } from "./index.ts";

const points = { lan: {}, wan: {}, dmz: {} };
const vnf = (paths: Record<string, string>, x: Partial<NonNullable<Vnf["components"]>[string]> = {}): Vnf => ({
  vnf: "one",
  version: "1",
  connectionPoints: points,
  components: { x: { framework: "netdev", command: ["x"], ...x }, ...Object.fromEntries(["a", "b"].filter((name) => Object.values(paths).join().includes(`${name} `)).map((name) => [name, { framework: "c" }])) },
  paths,
});
/** The lanes by which the component `x` is entered. */
function lanes(one: Vnf): number[] {
  const plan = planVnf(one, Object.fromEntries(Object.keys(points).map((point) => [point, { backend: "loopback" as const }])), { cpus: 2 });
  return plan.actions.flatMap((action) => (action.do === "add-edge" && action.to.slot === plan.slots.x ? [action.to.lane] : [])).sort();
}

describe("a component that knows only interfaces", () => {
  it("has a lane for each direction, where another has one for both", () => {
    const paths = { up: "lan -> x -> wan", down: "wan -> x -> lan" };
    expect(lanes(vnf(paths))).toEqual([0, 1]);
    expect(lanes(vnf(paths, { framework: "c" }))).toEqual([0]);
    expect(lanes(vnf(paths, { tap: true }))).toEqual([0]);
  });
  it("tells the way back by a neighbour on the other side", () => {
    expect(lanes(vnf({ up: "lan -> a -> x -> wan", down: "wan -> x -> lan" }))).toEqual([0, 1]);
    expect(lanes(vnf({ up: "lan -> x -> b -> wan", down: "wan -> x -> lan" }))).toEqual([0, 1]);
    expect(lanes(vnf({ up: "wan -> x -> wan" }))).toEqual([0]);
  });
  it("takes what comes from elsewhere the same way on as forward", () => {
    expect(lanes(vnf({ up: "lan -> x -> wan", aside: "dmz -> x -> wan" }))).toEqual([0]);
  });
  it("has no third way: that is told with both paths", () => {
    const { faults } = readGraph(vnf({ up: "lan -> x -> a -> wan", other: "lan -> x -> b -> wan" }));
    expect(faults).toContainEqual({ reason: "WIRE_LANES", values: ["x", "up", "other"], at: ["components", "x"] });
  });
  it("can't state a context where packets have their NSH in them", () => {
    const at = (nsh: "aware" | "proxy", component: object) => ({ ...vnf({ up: "lan -> x -> wan" }, { context: "opaque", ...component }), connectionPoints: { ...points, lan: { nsh } }, nsh: { paths: { up: { spi: 1 } } } });
    const told = expect.objectContaining({ reason: "SCHEMA", values: [expect.stringMatching(/^packets from lan \(nsh: aware\) have their NSH/)], at: ["components", "x", "context"] });
    expect(readGraph(at("aware", {})).faults).toContainEqual(told);
    expect(readGraph(at("aware", { tap: true })).faults).toContainEqual(told);
    for (const fine of [at("proxy", {}), at("aware", { context: undefined }), at("aware", { framework: "c" })]) expect(readGraph(fine).faults).toEqual([]);
  });
  it("makes packets and holds frames: the plan has room for both", () => {
    const paths = { up: "lan -> x -> wan" };
    const plan = (one: Vnf) => planVnf(one, { lan: { backend: "loopback" }, wan: { backend: "loopback" }, dmz: { backend: "loopback" } }, { cpus: 2 });
    const component = (one: Vnf) => plan(one).actions.find((action) => action.do === "add-component");
    expect([component(vnf(paths)), component(vnf(paths, { tap: true }))]).toMatchObject([{ creates: true }, { creates: false }]);
  });
});
