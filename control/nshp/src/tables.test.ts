import type { ClassifyRule, ForwardRule, Vnf } from "@coven/contract";
import { describe, expect, it } from "vitest";
import { addressRange } from "./address.ts";
import { nshFaults, type NshRoute, tableFaults, tablesOf } from "./index.ts";

const base: Vnf = {
  vnf: "x",
  version: "1",
  connectionPoints: { edge: { nsh: "classify" }, core: { nsh: "forward" }, wan: { nsh: "proxy" } },
  components: { a: { framework: "mock", context: "mark" } },
  paths: { web: "edge -> a -> wan", rest: "edge -> wan", on: "core -> wan", off: "core -> edge" },
};
const routes: NshRoute[] = [
  { name: "web", from: "edge", components: ["a"] },
  { name: "rest", from: "edge", components: [] },
  { name: "on", from: "core", components: [] },
  { name: "off", from: "core", components: [] },
];
const contexts = { mark: [{ field: "mark", bits: 8 }, { field: "rest", bits: 120 }] };
const forward: ForwardRule[] = [{ spi: 7, path: "on", to: "02:00:00:00:00:0A" }, { spi: 7, si: 3, path: "off" }];
const vnf = (classify: ClassifyRule[], more: ForwardRule[] = forward): Vnf => ({ ...base, nsh: { contexts, paths: { web: { spi: 10, si: 200 } }, classify, forward: more } });
const faults = (one: Vnf) => tableFaults(one, routes).map((fault) => `${fault.values.join(" ")} @ ${fault.at.join(".")}`);

describe("rules of a classifier", () => {
  it("become ranges, with the service path of their path", () => {
    const rule: ClassifyRule = {
      path: "web", source: "10.1.2.3/8", destination: "192.168.1.1", protocol: "tcp", sourcePort: "1024-65535", destinationPort: 443, vlan: 5, dscp: "10-20", payload: "1603AB", context: { mark: 7 }, to: "02:AA:00:00:00:01",
    };
    expect(tablesOf(vnf([rule]), routes, "edge")).toEqual({
      classify: [{
        path: 0, spi: 10, si: 200, context: `07${"00".repeat(15)}`, to: "02aa00000001", source: ["0a000000", "0affffff"], destination: ["c0a80101", "c0a80101"], protocol: [6, 6],
        source_port: [1024, 65535], destination_port: [443, 443], vlan: [5, 5], dscp: [10, 20], payload: "1603ab",
      }],
    });
  });

  it("may have a service path of their own", () => {
    const rules: ClassifyRule[] = [{ path: "web", spi: 99 }, { path: "rest", spi: 5, si: 4, protocol: 89 }];
    expect(tablesOf(vnf(rules), routes, "edge")?.classify).toEqual([{ path: 0, spi: 99, si: 200 }, { path: 1, spi: 5, si: 4, protocol: [89, 89] }]);
    expect(faults(vnf(rules))).toEqual([]);
  });

  it("name the key of a path with integrity, and have no context then", () => {
    const guarded = (rule: ClassifyRule): Vnf => ({ ...vnf([]), nsh: { ...vnf([rule]).nsh, paths: { web: { spi: 10, integrity: { keyId: "ab", key: "/etc/coven/key" } } } } });
    expect(tablesOf(guarded({ path: "web" }), routes, "edge")?.classify).toEqual([{ path: 0, spi: 10, si: 255, key_id: "ab" }]);
    expect(faults(guarded({ path: "web", context: { mark: 1 } }))).toEqual(["nsh.classify: path web has integrity, so its packets have MD type 2, where there is no context @ nsh.classify.0.context"]);
  });

  it.each<[Partial<ClassifyRule>, string]>([
    [{ path: "gone" }, "nsh.classify: there is no path gone that begins at a connection point @ nsh.classify.0.path"],
    [{ path: "on", spi: 1 }, "nsh.classify: path on begins at core, which has not nsh: classify @ nsh.classify.0.path"],
    [{ path: "rest" }, "nsh.classify: path rest has no SPI: give one here or under nsh.paths @ nsh.classify.0.path"],
    [{ source: "10.0.0/8" }, "nsh.classify: 10.0.0/8 is neither an address nor a prefix such as 10.0.0.0/8 @ nsh.classify.0.source"],
    [{ source: "::1", destination: "10.0.0.1" }, "nsh.classify: source and destination are of two families; no packet has both @ nsh.classify.0.destination"],
    [{ destinationPort: "90-80" }, "nsh.classify: 90-80 is no range within 0-65535 @ nsh.classify.0.destinationPort"],
    [{ vlan: 4096 }, "nsh.classify: 4096 is no range within 0-4095 @ nsh.classify.0.vlan"],
    [{ context: { mark: 256 } }, "nsh.classify: mark is 256; it has 8 bits @ nsh.classify.0.context"],
    [{ path: "rest", spi: 1, context: { mark: 1 } }, "nsh.classify: path rest has no context layout that says where mark goes @ nsh.classify.0.context"],
  ])("%j is refused", (change, expected) => expect(faults(vnf([{ path: "web", ...change }, { path: "web" }]))).toEqual([expected]));
});

describe("next hops of a forwarder", () => {
  it("name the paths from their connection point", () => {
    expect(tablesOf(vnf([{ path: "web" }]), routes, "core")).toEqual({
      forward: [{ spi: 7, path: 2, to: "02000000000a", oam: "drop", unknown: "drop" }, { spi: 7, si: 3, path: 3, oam: "drop", unknown: "drop" }],
    });
    expect(tablesOf(vnf([]), routes, "wan")).toBeUndefined();
  });

  it("are there once for each service path and index", () => {
    expect(faults(vnf([{ path: "web" }], [...forward, { spi: 7, si: 3, path: "on" }]))).toEqual(["nsh.forward: SPI 7 SI 3 has two next hops @ nsh.forward.2.spi"]);
  });

  it("and rules are there where the role asks for them", () => {
    expect(faults(vnf([], []))).toEqual([
      "connection point edge has nsh: classify, but no rule under nsh.classify takes a path from it @ connectionPoints.edge.nsh",
      "connection point core has nsh: forward, but no rule under nsh.forward takes a path from it @ connectionPoints.core.nsh",
    ]);
  });

  it("make a path reachable; what no rule takes needs a path without SPI", () => {
    const unreachable = (one: Vnf) => nshFaults(one, routes).map((fault) => [fault.reason, ...fault.values].join(" "));
    expect(unreachable(vnf([{ path: "web" }]))).toEqual([]);
    expect(unreachable(vnf([], [{ spi: 7, path: "on" }]))).toEqual([
      "PATH_UNREACHABLE web path rest takes what comes in at edge; name it in a rule under nsh.classify",
      "PATH_UNREACHABLE off path on takes what comes in at core; name it in a rule under nsh.forward",
    ]);
  });
});

describe("addresses", () => {
  it.each([
    ["0.0.0.0/0", "00000000", "ffffffff"],
    ["10.20.30.40/30", "0a141e28", "0a141e2b"],
    ["::/0", "0".repeat(32), "f".repeat(32)],
    ["2001:db8::/32", `20010db8${"0".repeat(24)}`, `20010db8${"f".repeat(24)}`],
    ["fe80::1:2", `fe80${"0".repeat(20)}00010002`, `fe80${"0".repeat(20)}00010002`],
    ["1:2:3:4:5:6:7:8/127", "00010002000300040005000600070008", "00010002000300040005000600070009"],
  ])("%s", (text, first, last) => expect(addressRange(text)).toEqual([first, last]));
  it.each(["", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/8/8", "::ffff:10.0.0.1", "fe80::1%eth0", "host"])("%s is none", (text) => expect(addressRange(text)).toBeUndefined());
});
