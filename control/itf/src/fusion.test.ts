import type { Component, PortBinding, Vnf } from "@coven/contract";
import { describe, expect, it } from "vitest";
import { describePlan, planVnf, readGraph } from "./index.ts";

const ports: Record<string, PortBinding> = { lan: { backend: "loopback" }, wan: { backend: "loopback" } };
const few = { cpus: 2 };
const python = (fuse?: string, more: Partial<Component> = {}): Component => ({ framework: "python", ...(fuse && { placement: { fuse } }), ...more });
const chain = (components: Record<string, Component>, path = `lan -> ${Object.keys(components).join(" -> ")} -> wan`, more: Record<string, string> = {}): Vnf => ({
  vnf: "chain", version: "1", connectionPoints: { lan: {}, wan: {} }, components, paths: { up: path, ...more },
});
const groups = (vnf: Vnf, host = few) => planVnf(vnf, ports, host).groups;
const refusals = (vnf: Vnf) => readGraph(vnf).faults.map(({ reason, values, at }) => [reason, ...values, at.join(".")]);

describe("fused groups", () => {
  it("are those that name one group, in the order of their path; nobody is fused unasked", () => {
    expect(groups(chain({ a: python(), b: python() }))).toBeUndefined();
    expect(groups(chain({ b: python("one"), a: python("one"), c: python("two"), d: python("two"), e: python("none") }))).toEqual([["b", "a"], ["c", "d"]]);
    expect(groups(chain({ a: python("one"), b: python("one", { framework: "python" }) }), { cpus: 64 })).toEqual([["a", "b"]]);
  });

  it("hold C and C++ together, TypeScript and JavaScript, and components that a branch joins", () => {
    const node = (framework: string, outputs?: string[]): Component => ({ framework, placement: { fuse: "core" }, ...(outputs && { outputs }) });
    expect(groups(chain({ a: node("typescript"), b: node("javascript") }))).toEqual([["a", "b"]]);
    expect(groups(chain({ a: node("c"), b: node("cpp") }))).toEqual([["a", "b"]]);
    expect(groups(chain({ a: node("typescript", ["side"]), b: { framework: "c" }, c: node("typescript") }, undefined, { side: "a.side -> c" }))).toEqual([["a", "c"]]);
  });

  it("leave slots, edges and counters of the plan as they are", () => {
    const one = { cpus: 1 };
    const alone = planVnf(chain({ a: python(), b: python() }), ports, one);
    const fused = planVnf(chain({ a: python("one"), b: python("one") }), ports, one);
    expect(fused).toEqual({ ...alone, groups: [["a", "b"]] });
    expect(describePlan(fused).at(-1)).toMatch(/^fused +a, b: one process$/);
  });

  it("count as one where CPUs are shared out", () => {
    const spins = (vnf: Vnf) => planVnf(vnf, ports, few).actions.flatMap((action) => (action.do === "add-component" ? [action.spin_ns > 0] : []));
    expect(spins(chain({ a: python(), b: python() }))).toEqual([false, false]);
    expect(spins(chain({ a: python("one"), b: python("one") }))).toEqual([true, true]);
  });

  it("with auto are neighbours of one runtime, as long as each can't have a CPU of its own", () => {
    const vnf = chain({ a: python("auto"), b: python("auto"), c: { framework: "java", placement: { fuse: "auto" } }, d: python("auto"), e: { framework: "typescript", placement: { fuse: "auto" } }, f: python("auto", { replicas: 2 }) });
    expect(groups(vnf)).toEqual([["a", "b"]]);
    expect(groups(vnf, { cpus: 16 })).toBeUndefined();
  });

  it.each<[string, Vnf, string]>([
    ["frameworks without a form for it", chain({ a: { framework: "java", placement: { fuse: "one" } }, b: python("one") }), "framework java gives each component a process of its own; those that share one are of python, typescript, javascript, c, cpp"],
    ["netdev", chain({ a: { framework: "netdev", command: ["x"], placement: { fuse: "one" } }, b: python("one") }), "framework netdev gives each component a process of its own; those that share one are of python, typescript, javascript, c, cpp"],
    ["two runtimes", chain({ b: { framework: "typescript", placement: { fuse: "one" } }, a: python("one") }), "its framework is python, that of b, in the same group, typescript"],
    ["replicas", chain({ b: python("one"), a: python("one", { replicas: 2 }) }), "it has replicas, each of which is a process of its own"],
    ["a prebuilt one", chain({ a: python("one", { artifact: { x86_64: "a" } }), b: python("one") }), "it is prebuilt, a program of its own"],
    ["several threads", { ...chain({ b: python("one"), a: python("one") }), threads: 2 }, "the VNF has 2 threads, with a process of it in each"],
    ["one alone", chain({ a: python("one"), b: python("two"), c: python("two") }), "no other component names the group one"],
    ["those that are no neighbours", chain({ b: python("one"), x: python(), a: python("one") }), "no packet goes directly between it and b, or another component of the group one that does"],
  ])("refuse %s", (_, vnf, why) => expect(refusals(vnf)).toContainEqual(["FUSION", "a", why, "components.a.placement.fuse"]));
});
