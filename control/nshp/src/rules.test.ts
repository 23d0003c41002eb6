import type { Vnf } from "@coven/contract";
import { describe, expect, it } from "vitest";
import { contextKind, nshFaults, type NshRoute } from "./index.ts";

const base: Vnf = {
  vnf: "x",
  version: "1",
  connectionPoints: { lan: { nsh: "proxy" }, wan: { nsh: "proxy" } },
  components: { a: { framework: "mock", context: "mark" }, b: { framework: "mock" } },
  paths: { up: "lan -> a -> b -> wan", down: "wan -> b -> lan", aside: "a.odd -> wan" },
  nsh: { contexts: { mark: [{ field: "mark", bits: 8 }, { field: "rest", bits: 120 }] }, paths: { up: { spi: 10 }, down: { spi: 11, si: 9 } } },
};
const up: NshRoute = { name: "up", from: "lan", components: ["a", "b"] };
const down: NshRoute = { name: "down", from: "wan", components: ["b"] };
const faults = (change: Partial<Vnf>, routes = [up, down]) => nshFaults({ ...base, ...change }, routes).map((fault) => [fault.reason, ...fault.values, fault.at.join(".")].join(" "));

describe("NSH rules of a package", () => {
  it("take a sound package", () => expect(faults({})).toEqual([]));

  it("count the bits of a layout", () => {
    expect(faults({ nsh: { contexts: { mark: [{ field: "mark", bits: 8 }, { field: "mark", bits: 8 }] } } })).toEqual([
      "CONTEXT_SIZE mark 16 nsh.contexts.mark",
      "SCHEMA context layout mark has two fields mark nsh.contexts.mark.1.field",
    ]);
  });

  it("know every layout that is asked for", () => {
    expect(faults({ nsh: { paths: { up: { spi: 1, context: "other" } } } })).toEqual([
      "CONTEXT_UNKNOWN mark components.a.context",
      "CONTEXT_UNKNOWN other nsh.paths.up.context",
      "CONTEXT_MIXED up other mark components.a.context",
    ]);
  });

  it("let a path have one layout", () => {
    const two = { ...base.nsh, contexts: { ...base.nsh?.contexts, hop: [{ field: "hop", bits: 128 }] } };
    expect(faults({ nsh: two, components: { a: { framework: "c", context: "mark" }, b: { framework: "c", context: "hop" } } })).toEqual(["CONTEXT_MIXED up mark hop components.b.context"]);
    expect(faults({ components: { a: { framework: "c", context: "mark" }, b: { framework: "c", context: "opaque" } } })).toEqual([]);
  });

  it("hold a component to the layout of each path that it stands in, opaque or not", () => {
    const stated = (context: string) => ({ ...base.nsh, paths: { up: { spi: 10, context }, down: { spi: 11 } } });
    expect(faults({ nsh: stated("mark") })).toEqual([]);
    expect(faults({ nsh: stated("opaque") })).toEqual(["CONTEXT_MIXED up opaque mark components.a.context"]);
    expect(faults({ nsh: stated("opaque"), components: { a: { framework: "c", context: "opaque" }, b: { framework: "c" } } })).toEqual([]);
  });

  it("give a component that reads the context its metadata", () => {
    const blind = (context: string) => faults({ components: { a: { framework: "c", metadata: false, context }, b: { framework: "c" } } });
    expect(blind("mark")).toEqual(["SCHEMA component a names a context layout, but has metadata: false, so it is given no context components.a.context"]);
    expect(blind("opaque")).toEqual([]);
  });

  it("want every SPI once, for a path from a connection point", () => {
    expect(faults({ nsh: { ...base.nsh, paths: { up: { spi: 10 }, down: { spi: 10 }, aside: { spi: 3 }, gone: { spi: 4 } } } })).toEqual([
      "SPI_TWICE up down 10 nsh.paths.down.spi",
      "PATH_SYNTAX aside it does not begin at a connection point, so it has no SPI nsh.paths.aside",
      "PATH_SYNTAX gone nsh.paths describes it, but there is no such path nsh.paths.gone",
    ]);
  });

  it("find the path that no packet can take", () => {
    const side: NshRoute = { name: "side", from: "lan", components: ["b"] };
    const late: NshRoute = { name: "late", from: "lan", components: [] };
    expect(faults({}, [up, side])).toEqual(["PATH_SYNTAX down it does not begin at a connection point, so it has no SPI nsh.paths.down"]);
    expect(faults({}, [up, down, side, late])).toEqual(["PATH_UNREACHABLE late path side takes what comes in at lan; give it an SPI under nsh.paths paths.late"]);
    expect(faults({ connectionPoints: { lan: {}, wan: {} } }, [up, down, side])).toEqual(["PATH_UNREACHABLE up path side takes what comes in at lan; set nsh: proxy at lan paths.up"]);
  });
});

describe("what the engine does with a path's context", () => {
  it.each([
    ["known", base, up],
    ["none", base, down],
    ["opaque", { ...base, nsh: { paths: { down: { spi: 1, context: "opaque" } } } }, down],
    ["known", { ...base, nsh: { ...base.nsh, paths: { up: { spi: 1, context: "opaque" } } } }, up],
    ["opaque", { ...base, nsh: { contexts: { mark: "opaque" as const } } }, up],
  ] as const)("%s", (kind, vnf, route) => expect(contextKind(vnf as Vnf, route)).toBe(kind));
});
