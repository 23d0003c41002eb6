import type { Action, PortBinding, Vnf } from "@coven/contract";
import { backends } from "@coven/vns";
import { describe, expect, it } from "vitest";
import { describePlan, frameSizeFor, framesFor, framesMax, inverse, placement, planVnf, sizePool, undoPlan } from "./index.ts";

const nic = (name: string): PortBinding => ({ backend: "af_packet", interface: name });
const firewall: Vnf = {
  vnf: "l7-firewall",
  version: "1.0.0",
  connectionPoints: { lan: { nsh: "proxy" }, wan: { nsh: "proxy" } },
  components: {
    analyzer: { framework: "python", context: "skype-mark", settings: { udp: false } },
    filter: { framework: "c", onCrash: "drop", context: "skype-mark" },
  },
  paths: { up: "lan -> analyzer -> filter -> wan", down: "wan -> analyzer -> filter -> lan" },
  nsh: { contexts: { "skype-mark": [{ field: "mark", bits: 8 }, { field: "reserved", bits: 120 }] }, paths: { up: { spi: 10, si: 255 }, down: { spi: 11 } } },
};
const ports = { lan: nic("eth1"), wan: nic("eth2") };
const of = <Kind extends Action["do"]>(actions: Action[], kind: Kind) => actions.filter((action): action is Extract<Action, { do: Kind }> => action.do === kind);

describe("the plan of the L7 firewall", () => {
  const plan = planVnf(firewall, ports, { cpus: 2 });

  it("is the one on record", async () => {
    await expect(`${JSON.stringify(plan, null, 2)}\n`).toMatchFileSnapshot("golden/l7-firewall.plan.json");
    await expect(`${describePlan(plan).join("\n")}\n`).toMatchFileSnapshot("golden/l7-firewall.plan.txt");
  });

  it("has one ring for each hop, which both directions share", () => {
    expect(of(plan.actions, "add-edge").map(({ from, to }) => [from.slot, to.slot])).toEqual([[0, 1], [1, 2], [2, 0]]);
    expect(of(plan.actions, "add-exit").map(({ path, port }) => [path, port])).toEqual([[0, 1], [1, 0]]);
  });

  it("says how the context is laid out that components work on", () => {
    const layout = [{ field: "mark", bits: 8 }, { field: "reserved", bits: 120 }];
    expect(plan.contexts).toEqual({ analyzer: layout, filter: layout });
  });

  it("is taken back in the reverse order", () => {
    const undo = undoPlan(plan);
    expect(undo).toHaveLength(plan.actions.length - 1); // the channel ends with the engine
    expect(undo[0]).toEqual({ do: "remove-exit", edge: 3, path: 1 });
    expect(undo.at(-1)).toEqual({ do: "close-port", port: 0 });
    expect(() => inverse(undo)).toThrow("close-port cannot be taken back");
  });
});

describe("planVnf", () => {
  const vnf = (more: Partial<Vnf>): Vnf => ({ vnf: "x", version: "1", connectionPoints: { lan: {}, wan: {} }, paths: { up: "lan -> wan" }, ...more });

  it("makes a wire of a path without components", () => {
    const plan = planVnf(vnf({ paths: { up: "lan -> wan", down: "wan -> lan" } }), ports, { cpus: 2 });
    expect(plan.actions.map((action) => action.do)).toEqual(["create-channel", "open-port", "open-port", "add-path", "add-path"]);
    expect(of(plan.actions, "add-path")[1]).toEqual({ do: "add-path", path: 1, name: "down", ingress: { port: 1 }, egress: 0, context: "none", oam: "drop" });
    expect(describePlan(plan).at(-1)).toBe("path 1   down: wan -> lan");
  });

  it("gives directions that differ lanes, and tells them apart in words", () => {
    const plan = planVnf(vnf({ components: { a: { framework: "c" }, b: { framework: "c" } }, paths: { up: "lan -> a -> b -> wan", down: "wan -> b -> a -> lan" } }), ports, { cpus: 2 });
    expect(of(plan.actions, "add-edge").map(({ from, to }) => [from, to])).toEqual([
      [{ slot: 0, output: 0, lane: 0 }, { slot: 1, lane: 0 }],
      [{ slot: 0, output: 0, lane: 1 }, { slot: 2, lane: 1 }],
      [{ slot: 1, output: 0, lane: 0 }, { slot: 2, lane: 0 }],
      [{ slot: 2, output: 0, lane: 0 }, { slot: 0, lane: 0 }],
      [{ slot: 2, output: 0, lane: 1 }, { slot: 1, lane: 1 }],
      [{ slot: 1, output: 0, lane: 1 }, { slot: 0, lane: 0 }],
    ]);
    expect(describePlan(plan)).toContain("edge 5   b (lane 1) -> a (lane 1), 512 packets, then drop");
  });

  it("gives each thread the same graph, of processes of its own", () => {
    const two = vnf({ components: { a: { framework: "c", replicas: 4 }, b: { framework: "c" } }, paths: { up: "lan -> a -> b -> wan" }, threads: 2 });
    const plan = planVnf(two, { ...ports, lan: { backend: "af_xdp", interface: "eth1" } }, { cpus: 1 });
    expect(plan).toMatchObject({ threads: 2, pinned: false, slots: { "a.1": 1, "a.2": 1, "a.3": 2, "a.4": 2, "b.1": 3, "b.2": 3 }, shards: { "a.1": 0, "a.2": 1, "a.3": 0, "a.4": 1, "b.1": 0, "b.2": 1 } });
    expect(of(plan.actions, "add-component").map(({ name, shard, slot, metadata }) => [name, shard, slot, metadata])).toEqual([
      ["a.1", 0, 1, true], ["a.2", 1, 1, true], ["a.3", 0, 2, true], ["a.4", 1, 2, true], ["b.1", 0, 3, true], ["b.2", 1, 3, true],
    ]);
    expect(of(plan.actions, "add-edge").map(({ from, to }) => [from.slot, to.slot])).toEqual([[0, 1], [0, 2], [1, 3], [2, 3], [3, 0]]);
    expect(of(plan.actions, "create-channel")).toMatchObject([{ slots: 3 }]);
    expect(plan.notes).toEqual([
      "threads: 2, but this host has 1 CPU: threads that share a CPU take turns, and more of them than CPUs gain nothing",
      "lan: af_xdp is af_packet here, for several threads need both directions of a flow in one queue",
    ]);
    expect(undoPlan(plan)).toContainEqual({ do: "remove-component", shard: 1, slot: 2 });
    expect(planVnf(two, ports, { cpus: 2 }).pinned).toBe(true);
    expect(describePlan(plan)).toContain("thread 1 slot 2  a.4: on crash bypass, sleeps when idle (balanced)");
  });

  it("plans for one CPU where the package keeps to one", () => {
    const plan = planVnf({ ...firewall, placement: { cpu: 6 } }, ports, { cpus: 8, allowed: [0, 1, 2, 3, 4, 5, 6, 7] });
    expect(plan.cpu).toBe(6);
    expect(of(plan.actions, "add-component").every(({ spin_ns }) => spin_ns === 0)).toBe(true);
    expect(describePlan(plan)[0]).toBe("the engine and all components are on CPU 6");
    expect(planVnf(firewall, ports, { cpus: 8 })).not.toHaveProperty("cpu");
  });

  it("takes the metadata away where components of threads share no flows among each other", () => {
    const one = vnf({ components: { a: { framework: "c", metadata: false } }, paths: { up: "lan -> a -> wan" }, threads: 2 });
    expect(of(planVnf(one, ports, { cpus: 4 }).actions, "add-component").map(({ metadata, spin_ns }) => [metadata, spin_ns])).toEqual([[false, 50_000], [false, 50_000]]);
  });

  it("lets edges block, but not in a cycle", () => {
    const components = { a: { framework: "c", onFull: "block" as const }, b: { framework: "c", onFull: "block" as const }, c: { framework: "c" } };
    const blocking = (paths: Record<string, string>) => {
      const plan = planVnf(vnf({ components, paths }), ports, { cpus: 2 });
      return { notes: plan.notes, edges: of(plan.actions, "add-edge").flatMap(({ from, to, block }) => (block ? [`${from.slot}-${to.slot}`] : [])) };
    };
    expect(blocking({ up: "lan -> a -> b -> c -> wan" })).toEqual({ notes: undefined, edges: ["1-2", "2-3"] });
    expect(blocking({ up: "lan -> a -> b -> c -> wan", down: "wan -> c -> b -> lan" })).toEqual({
      edges: ["1-2", "2-0"],
      notes: ["b -> c: onFull is drop here, not block, because packets also flow from c to b and the two could wait for each other"],
    });
  });

  it("hands the options of a port on, and what components ask for", () => {
    const plan = planVnf(
      vnf({ components: { a: { framework: "c", metadata: false, creates: true, onCrash: "hold" } }, paths: { up: "lan -> a -> wan" }, profile: "power", nsh: { oam: "forward" } }),
      { lan: { backend: "pcap", in: "a.pcap", rate: 10, faults: { drop: 0.5 } }, wan: { backend: "loopback", record: "r.pcap" } },
      { cpus: 8 },
    );
    expect(of(plan.actions, "open-port").map(({ backend, options }) => ({ backend, options }))).toEqual([
      { backend: "pcap", options: { in: "a.pcap", rate: 10, faults: { drop: 0.5 } } },
      { backend: "loopback", options: { record: "r.pcap" } },
    ]);
    expect(of(plan.actions, "add-component")[0]).toEqual({ do: "add-component", slot: 1, name: "a", on_crash: "hold", spin_ns: 0, profile: "power", metadata: false, creates: true });
    expect(of(plan.actions, "add-path")[0]).toMatchObject({ oam: "forward", ingress: { port: 0 } });
  });

  it("refuses what has no port, is unsound, or needs too many rings", () => {
    expect(() => planVnf(firewall, { lan: nic("eth1") }, { cpus: 2 })).toThrow("connection point wan is bound to no port");
    expect(() => planVnf({ ...firewall, paths: { up: "lan -> analyzer -> wan" } }, ports, { cpus: 2 })).toThrow("component filter stands in no path");
    const names = Array.from({ length: 10 }, (_, i) => `o${i}`);
    const branches = Object.fromEntries(names.map((name) => [`b-${name}`, `hub.${name} -> wan`]));
    const hub = (paths: Record<string, string>) => vnf({ connectionPoints: { lan: {}, wan: {}, tap: {} }, components: { hub: { framework: "c", outputs: names }, a: { framework: "c" }, b: { framework: "c" } }, paths: { ...paths, ...branches } });
    const two = { one: "lan -> hub -> a -> b -> wan", two: "wan -> hub -> b -> a -> wan" };
    const bound = { ...ports, tap: nic("eth3") };
    expect(of(planVnf(hub(two), bound, { cpus: 2 }).actions, "add-edge").filter(({ from, to }) => from.slot === 1 || to.slot === 1)).toHaveLength(24);
    expect(() => planVnf(hub({ ...two, three: "tap -> hub -> wan" }), bound, { cpus: 2 })).toThrow("the VNF is too large for one instance: component hub needs 38 rings; at most 32");
  });
});

describe("the pool", () => {
  it("holds what ports, edges and components may hold", () => {
    expect(framesFor({ ports: 512, edges: 3, components: 2, creators: 1 }, 512)).toBe(512 + 3 * 512 + 2 * 128 + 64);
  });

  it.each([
    [{ ports: 100, edges: 0, components: 0, creators: 0 }, { frames: 1024, edgeLimit: 512 }],
    [{ ports: 512, edges: 3, components: 2, creators: 0 }, { frames: 4096, edgeLimit: 512 }],
    [{ ports: 512, edges: 8, components: 6, creators: 0 }, { frames: 4096, edgeLimit: 256 }],
    [{ ports: 512, edges: 24, components: 8, creators: 0 }, { frames: 4096, edgeLimit: 64 }],
    [{ ports: 2 * 2560, edges: 4, components: 1, creators: 0 }, { frames: 8192, edgeLimit: 512 }],
    [{ ports: 512, edges: 64, components: 63, creators: 0 }, { frames: 16384, edgeLimit: 64 }],
  ])("%o: %o", (demand, size) => expect(sizePool(demand)).toEqual(size));

  it("has frames a line longer than a power of two, but for those who can't take such", () => {
    expect(frameSizeFor([backends.af_packet, backends.generate])).toBe(2112);
    expect(frameSizeFor([backends.af_packet, backends.pcap])).toBe(16_448);
    expect(frameSizeFor([backends.af_packet, backends.af_xdp])).toBe(2048);
  });

  it("has a limit", () => {
    expect(() => sizePool({ ports: 0, edges: 1025, components: 0, creators: 0 })).toThrow(`the VNF is too large for one instance: it asks for 131072 frames; at most ${framesMax}`);
  });
});

describe("placement", () => {
  it.each([
    ["latency", 1, 0xffffffff, 0xffffffff], ["balanced", 1, 50_000, 0], ["power", 1, 0, 0],
  ] as const)("%s", (profile, components, alone_ns, shared_ns) => {
    expect(placement(profile, { cpus: 2 }, components)).toEqual({ spin_ns: alone_ns, profile });
    expect(placement(profile, { cpus: 2 }, components + 1)).toEqual({ spin_ns: shared_ns, profile });
  });

  it("has the engine spin as its components do, if it has a CPU alone", () => {
    const spins = (profile: Vnf["profile"], cpus: number) => of(planVnf({ ...firewall, ...(profile && { profile }) }, ports, { cpus }).actions, "create-channel")[0]?.spin_ns;
    expect([spins(undefined, 3), spins("balanced", 2), spins("latency", 3), spins("power", 3)]).toEqual([50_000, undefined, undefined, undefined]);
  });
});
