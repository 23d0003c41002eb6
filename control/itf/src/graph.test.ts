import type { Component, Vnf } from "@coven/contract";
import { describe, expect, it } from "vitest";
import { readGraph } from "./index.ts";

const vnf = (paths: Record<string, string>, components: Record<string, Partial<Component>> = { a: {}, b: {}, c: {} }, more: Partial<Vnf> = {}): Vnf => ({
  vnf: "x",
  version: "1",
  connectionPoints: { lan: {}, wan: {}, tap: {} },
  components: Object.fromEntries(Object.entries(components).map(([name, component]) => [name, { framework: "mock", ...component }])),
  paths,
  ...more,
});
const faults = (...given: Parameters<typeof vnf>) => readGraph(vnf(...given)).faults.map((fault) => [fault.reason, ...fault.values, `@${fault.at.join(".")}${fault.offset === undefined ? "" : `+${fault.offset}`}`].join(" "));
const a = { a: {} };
const odd = { a: { outputs: ["odd"] }, b: {} };

describe("the words of a path", () => {
  it.each([
    ["lan", "PATH_SYNTAX p needs at least two words, such as lan -> wan @paths.p+0"],
    ["lan -> a", "PATH_SYNTAX p ends at component a; a path that begins at a connection point also ends at one @paths.p+7"],
    ["a -> lan", "PATH_SYNTAX p begins at component a; begin at a connection point, or at a named output as in a.NAME @paths.p+0"],
    ["lan -> wan -> lan", "PATH_SYNTAX p goes on after connection point wan; only the first and the last word may be connection points @paths.p+7"],
    ["lan -> a -> wan -> a", "PATH_SYNTAX p goes on after connection point wan; only the first and the last word may be connection points @paths.p+12"],
    ["lan -> x -> wan", "NAME_UNKNOWN p x @paths.p+7"],
    ["lan ->  a -> constructor", "NAME_UNKNOWN p constructor @paths.p+13"],
    ["lan -> a -> -> wan", "PATH_SYNTAX p lacks a word at an arrow @paths.p+12"],
    ["lan -> a -> ", "PATH_SYNTAX p lacks a word at an arrow @paths.p+12"],
    ["lan -> a, b -> wan", 'PATH_SYNTAX p "a, b" is not a name; words are joined by -> @paths.p+7'],
    ["lan -> a.out -> wan", "PATH_SYNTAX p names an output, a.out, after its first word; a branch is a path of its own @paths.p+7"],
    ["a.out -> wan", "PATH_SYNTAX p begins at a.out, but out continues the path that comes to a; only named outputs begin a branch @paths.p+0"],
    ["a.odd -> wan", "PATH_SYNTAX p component a has no output odd; it has out @paths.p+0"],
    ["lan.odd -> wan", "NAME_UNKNOWN p lan @paths.p+0"],
    ["lan -> a -> a -> wan", "PATH_CYCLE p a @paths.p+12"],
  ])("%s", (text, fault) => expect(faults({ p: text, q: "lan -> a -> wan" }, a)).toContain(fault));

  it("are read with any space, or none", () => expect(faults({ p: "  lan->a  ->\n wan " }, a)).toEqual([]));
  it("may be two, one-armed or not at all inline", () => expect(faults({ p: "lan -> a -> lan", q: "wan -> wan" }, a)).toEqual([]));
});

describe("the whole graph", () => {
  it("has every component in some path", () => {
    expect(faults({ p: "lan -> a -> wan" })).toEqual(["COMPONENT_UNUSED b @components.b", "COMPONENT_UNUSED c @components.c"]);
    expect(faults({ p: "lan -> wan", q: "a.odd -> b -> wan" }, odd)).toEqual(["COMPONENT_UNUSED a @components.a", "COMPONENT_UNUSED b @components.b"]);
  });

  it("has a branch for every named output, on each path", () => {
    expect(faults({ p: "lan -> a -> b -> wan" }, odd)).toEqual(["OUTPUT_UNCONNECTED odd a @components.a.outputs.0"]);
    expect(faults({ p: "lan -> a -> b -> wan", q: "wan -> a -> lan", s: "a.odd -> b" }, odd)).toContain("OUTPUT_UNCONNECTED odd a, on path q, @components.a.outputs.0");
  });

  it("knows one branch for an output: the one that comes back to the path, or ends with it, else the other", () => {
    const both = { up: "lan -> a -> b -> wan", down: "wan -> a -> lan", side: "tap -> a -> tap", back: "a.odd -> b", home: "a.odd -> lan", aside: "a.odd -> wan" };
    expect(faults({ ...both }, odd)).toEqual(["PATH_SYNTAX aside begins at a.odd as path back does, and both suit path up @paths.aside", "PATH_SYNTAX aside begins at a.odd as path home does, and both suit path side @paths.aside"]);
    const { aside: _, ...clear } = both;
    expect(faults(clear, odd)).toEqual([]);
  });

  it("has no branch that nothing takes", () => {
    expect(faults({ p: "lan -> a -> wan", q: "lan -> b -> wan", s: "a.odd -> wan", t: "a.odd -> b" }, odd, { connectionPoints: { lan: { nsh: "proxy" }, wan: {} }, nsh: { paths: { q: { spi: 1 } } } })).toEqual([
      "PATH_UNREACHABLE t of the paths through a, each takes another branch or does not come to where this one ends @paths.t",
    ]);
  });

  it("refuses a branch that leads back, and names it", () => {
    const loop = { a: {}, b: { outputs: ["odd"] }, c: {} };
    expect(faults({ p: "lan -> a -> b -> wan", back: "b.odd -> c -> a" }, loop)).toEqual(["PATH_CYCLE back a @paths.back"]);
    expect(faults({ p: "lan -> a -> b -> wan", again: "b.odd -> c -> a -> wan" }, loop)).toEqual(["PATH_CYCLE again a @paths.again"]);
  });

  it("follows branches of branches, and joins within them", () => {
    const deep = { a: { outputs: ["odd"] }, b: { outputs: ["bad"] }, c: {} };
    expect(faults({ p: "lan -> a -> wan", s: "a.odd -> b -> c -> tap", t: "b.bad -> c" }, deep)).toEqual([]);
    const { graph } = readGraph(vnf({ p: "lan -> a -> wan", s: "a.odd -> b -> c -> tap", t: "b.bad -> c" }, deep));
    expect(graph.states).toEqual([
      { route: 0, component: "a", next: [{ point: "wan" }, { state: 1 }] },
      { route: 0, component: "b", next: [{ state: 2 }, { state: 2 }] },
      { route: 0, component: "c", next: [{ point: "tap" }] },
    ]);
  });
});
