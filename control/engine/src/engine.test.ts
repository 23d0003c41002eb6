import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Action, TaskHandle } from "@coven/contract";
import { drivers, exitOf, platformPaths } from "@coven/pps";
import { CaptureWriter, readCapture } from "@coven/sdk/captures";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Engine } from "./index.ts";

const paths = platformPaths();
const addon = join(paths.sdkNode, "build/coven.node");
const folder = mkdtempSync(join(tmpdir(), "engine-"));
const { mock } = drivers(paths);
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const channel: Action = { do: "create-channel", frames: 256, frame_size: 2048, slots: 1, edge_limit: 64 };
const port = (number: number, backend: "pcap" | "loopback", options = {}): Action => ({ do: "open-port", port: number, name: `p${number}`, backend, options, nsh: "none" });
const path = (to: { edge: number } | { egress: number }): Action => ({ do: "add-path", path: 0, name: "up", ingress: { port: 0 }, ...to, context: "none", oam: "drop" });
const component: Action = { do: "add-component", slot: 1, name: "it", on_crash: "drop", spin_ns: 0, profile: "balanced", metadata: true, creates: false };
const edge = (number: number, from: number, to: number, limit = 64): Action => ({ do: "add-edge", edge: number, from: { slot: from, output: 0, lane: 0 }, to: { slot: to, lane: 0 }, limit, block: false });

let made = 0;
const file = (name: string) => join(folder, name);
function engineOf(actions: Action[], context?: Uint8Array): { engine: Engine; run: string } {
  const run = file(`r${made++}`);
  mkdirSync(run);
  const engine = new Engine({ folder: run, addon, ...(context && { context }) }, actions);
  open.push(() => engine.close());
  return { engine, run };
}

function capture(name: string, count: number): string {
  const writer = new CaptureWriter(file(name));
  for (let number = 0; number < count; number++) writer.write(Buffer.alloc(60 + (number % 900), number), BigInt(number));
  writer.close();
  return file(name);
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 5))) if (Date.now() > end) throw new Error("it did not come true");
}

/** A C component from the tests of its SDK. */
async function started(engine: Engine, run: string, program: string): Promise<TaskHandle> {
  const task = await mock.start({ command: [program], cwd: run, env: {} }, { segment: engine.channel, slot: 1, bells: run, agent: join(run, "a"), name: "it", outputs: ["out"], log: join(run, "log") });
  open.unshift(() => mock.stop(task, 0));
  await until(() => engine.stats().components[0]?.state === "running");
  return task;
}
const forward = join(paths.sdkC, "build/forward");

describe("the engine", () => {
  it("moves a capture from port to port, and closes without leaving anything", async () => {
    const { engine, run } = engineOf([channel, port(0, "pcap", { in: capture("in.pcap", 1000) }), port(1, "pcap", { out: file("out.pcap") }), path({ egress: 1 })]);
    engine.start();
    await until(() => engine.done);
    expect(engine.stats()).toMatchObject({ received: 1000, transmitted: 1000, in_flight: 0, dropped: {}, frames: { home: 256 } });
    await engine.close();
    expect([...readCapture(file("out.pcap"))].map((one) => one.bytes)).toEqual([...readCapture(file("in.pcap"))].map((one) => one.bytes));
    expect(readdirSync(run)).toEqual([]);
    expect(existsSync(engine.channel)).toBe(false);
  });

  it("receives at a loopback what was transmitted there", async () => {
    const { engine } = engineOf([channel, port(0, "pcap", { in: capture("in.pcap", 100) }), port(1, "loopback"), port(2, "pcap", { out: file("out.pcap") }), path({ egress: 1 }), { ...path({ egress: 2 }), path: 1, ingress: { port: 1 } } as Action]);
    engine.start();
    await until(() => engine.stats().transmitted === 200);
    await engine.close();
    expect([...readCapture(file("out.pcap"))].length).toBe(100);
  });

  it("pulls no more than the first edge takes, so that nothing is lost in a short one", async () => {
    const actions = [channel, port(0, "pcap", { in: capture("in.pcap", 5000) }), port(1, "pcap", { out: file("out.pcap") }), component, edge(1, 0, 1, 4), edge(2, 1, 0, 128), path({ edge: 1 }), { do: "add-exit", edge: 2, path: 0, port: 1 } as Action];
    const { engine, run } = engineOf(actions);
    const task = await started(engine, run, forward);
    engine.start();
    await until(() => engine.done);
    expect(engine.stats()).toMatchObject({ received: 5000, transmitted: 5000, dropped: {} });
    engine.release(1);
    expect(await exitOf(task)).toBe("exit 0");
    expect(engine.stats().components[0]).toMatchObject({ state: "leaving", counters: { packets_in: 5000, packets_out: 5000 } });
  });

  it("accounts for every packet of a component that is killed, and for those that come after", async () => {
    const actions = [channel, port(0, "pcap", { in: capture("in.pcap", 2000), rate: 20_000 }), port(1, "pcap", {}), component, edge(1, 0, 1), edge(2, 1, 0), path({ edge: 1 }), { do: "add-exit", edge: 2, path: 0, port: 1 } as Action];
    const { engine, run } = engineOf(actions);
    const task = await started(engine, run, join(paths.sdkC, "build/slow"));
    engine.start();
    await until(() => engine.stats().received > 100);
    process.kill(task.pid, "SIGKILL");
    await exitOf(task);
    engine.exited(1);
    await until(() => engine.done);
    const { received, transmitted, in_flight, dropped, frames } = engine.stats();
    expect({ received, in_flight, frames }).toMatchObject({ received: 2000, in_flight: 0, frames: { home: 256 } });
    expect(transmitted + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(2000);
    expect(dropped["component_down"]).toBeGreaterThan(0);
  });

  it.each([
    ["a plan without a channel", [port(0, "loopback")], "create-channel comes first"],
    ["a backend of the other engine", [channel, { ...port(0, "loopback"), backend: "af_xdp", options: { interface: "x" } } as Action], "this engine has pcap, af_packet, loopback, not af_xdp"],
    ["an interface that is not there", [channel, { ...port(0, "loopback"), backend: "af_packet", options: { interface: "nowhere0" } } as Action], "nowhere0: No such device"],
    ["an option of the other engine", [channel, port(0, "loopback", { record: "x" })], "no option record"],
    ["NSH", [channel, { ...port(0, "loopback"), nsh: "proxy" } as Action], "does not speak NSH"],
    ["a capture that is not there", [channel, port(0, "pcap", { in: file("none") })], "none"],
    ["a slot that is not there", [channel, { ...component, slot: 2 } as Action], "slots 1 to 1"],
    ["an edge to nobody", [channel, edge(1, 0, 1)], "no component in slot 1"],
    ["frames without number", [{ ...channel, frames: 0 } as Action], "frames is 0; it has to be from 1"],
    ["taking away", [channel, { do: "close-port", port: 0 } as Action], "once"],
  ])("refuses %s, and leaves nothing", (_, actions, what) => {
    const before = readdirSync("/proc/self/fd").length;
    const run = file(`r${made++}`);
    mkdirSync(run);
    expect(() => new Engine({ folder: run, addon }, actions)).toThrow(what);
    expect(readdirSync(run)).toEqual([]);
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });
});
