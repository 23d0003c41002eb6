import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { readCapture } from "../src/captures/index.ts";
import { byteOf } from "./components/expected.ts";
import { bundle, peer, ran, underPeer } from "./peer.ts";

vi.setConfig({ testTimeout: 120_000 });
const balanced = { balanced: true, exit: 0, hung: false };

describe("examples", () => {
  test.each(["./components/contract.ts", "./components/contract.js"])("%s drops what is marked", async (source) => {
    const outcome = await underPeer(source, "--packets", "20000", "--mark", "4", "--agent", "get dropped");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 15000 }, dropped: { component: 5000 }, corrupted: 0, stderr: "" });
    expect(outcome.agent).toEqual([{ name: "dropped", value: 5000 }]);
  });

  test.each(["typescript/main.ts", "javascript/main.js"])("l7-firewall/filter-%s", async (file) => {
    const source = `../../../examples/l7-firewall/filter-${file}`;
    const outcome = await underPeer(source, "--packets", "9000", "--mark", "3", "--agent", "get dropped", "--agent", "get forwarded");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 6000 }, dropped: { component: 3000 } });
    expect(outcome.agent.map((answer) => answer.value)).toEqual([3000, 6000]);
  });

  test.each(["forward-typescript/main.ts", "forward-javascript/main.js"])("forward/%s", async (file) => {
    const outcome = await underPeer(`../../../examples/forward/${file}`, "--packets", "5000");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 5000 }, dropped: {}, corrupted: 0, context_changed: 0 });
  });
});

describe("packets", () => {
  test("bytes, context and metadata read as they were sent", async () => {
    const outcome = await underPeer("./components/reads.ts", "--packets", "5000", "--agent", "call wrong");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 5000 }, corrupted: 0, context_changed: 0 });
    expect(outcome.agent).toEqual([{ name: "wrong", result: [] }]);
  });

  test("the burst form reads the same, and sets verdicts in place", async () => {
    const outcome = await underPeer("./components/reads-burst.ts", "--packets", "8000", "--agent", "call wrong");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 4000 }, dropped: { component: 4000 } });
    expect(outcome.agent).toEqual([{ name: "wrong", result: [] }]);
  });

  test("bytes, context, mark and length are written in place", async () => {
    const outcome = await underPeer("./components/writes.ts", "--packets", "3000", "--modifies", "--agent", "call wrong");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 3000 }, corrupted: 3000, context_changed: 3000 });
    expect(outcome.agent).toEqual([{ name: "wrong", result: [] }]);
  });

  test("a verdict names an output", async () => {
    const outcome = await underPeer("./components/outputs.ts", "--packets", "6000", "--outputs", "out,suspicious");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 3000, suspicious: 3000 }, stderr: "" });
  });

  test("packets of one's own: cloned, made, sent once", async () => {
    const requests = ["--agent", "get cloned", "--agent", "get made", "--agent", "call wrong"];
    const outcome = await underPeer("./components/creates.ts", "--packets", "40000", "--creates", ...requests);
    const [cloned, made, wrong] = outcome.agent.map((answer) => answer.value ?? answer.result);
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 40000 }, created: Number(cloned) + Number(made) });
    expect(cloned).toBeGreaterThan(0);
    expect([made, wrong]).toEqual([1, []]);
  });

  test("lanes and full edges that block", async () => {
    const outcome = await underPeer("./components/contract.ts", "--packets", "30000", "--lanes", "3", "--block", "--limit", "16");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 30000 } });
  });
});

describe("exceptions of the author", () => {
  const failures = mkdtempSync(join(tmpdir(), "coven-failures-"));
  const kept = join(failures, "tested.pcap");
  afterAll(() => rmSync(failures, { recursive: true }));
  const failing = async () => {
    vi.stubEnv("COVEN_FAILURES", failures);
    const outcome = await underPeer("./components/fails.ts", "--packets", "10000");
    vi.unstubAllEnvs();
    return outcome;
  };

  test("drop their packet alone, are counted, and told with their place and the packet, without a flood", async () => {
    const outcome = await failing();
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 6000 }, dropped: { component_error: 4000 }, counters: { errors: 4000 } });
    const [line = "", ...stack] = outcome.stderr.split("\n");
    expect(line).toMatch(/^tested: RangeError: offset \d+, size 2: outside the packet of \d+ bytes \(\/.*\/components\/fails\.ts:7\); the packet is dropped, and kept as number 1 of \/.*tested\.pcap$/);
    expect(stack[0]).toContain("    at ");
    expect(outcome.stderr.match(/^tested: /gm)?.length).toBeLessThan(20);
    const [packet] = [...readCapture(kept)];
    expect(packet?.bytes.length).toBe(Number(/packet of (\d+) bytes/.exec(line)?.[1]));
    expect(Buffer.from(packet!.bytes.subarray(0, 12)).equals(Buffer.from(Array.from({ length: 12 }, (_, offset) => byteOf(Number(packet!.time_ns - 1_700_000_000_000_000_000n), offset))))).toBe(true);
  });

  test("are kept in a capture that goes on, up to 64 packets", async () => {
    const before = [...readCapture(kept)];
    await failing();
    expect([...readCapture(kept)].slice(0, before.length)).toEqual(before);
    expect([...readCapture(kept)].length).toBe(64);
  });

  test("an output that is not there is named, with those there are", async () => {
    const outcome = await underPeer("./components/nowhere.ts", "--packets", "100");
    expect(outcome).toMatchObject({ ...balanced, dropped: { component_error: 100 } });
    expect(outcome.stderr).toContain('RangeError: no output "nowhere"; this component has: out');
  });

  test("a packet that is kept and used later says so", async () => {
    const outcome = await underPeer("./components/keeps.ts", "--packets", "1000", "--agent", "get refused", "--agent", "get read");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 1000 }, stderr: "" });
    expect(outcome.agent.map((answer) => answer.value)).toEqual([999, 0]);
  });

  test("in the burst form drop the burst", async () => {
    const outcome = await underPeer("./components/fails-burst.ts", "--packets", "2000");
    const failed = outcome.dropped.component_error ?? 0;
    expect(outcome).toMatchObject({ ...balanced, counters: { errors: failed } });
    expect(failed).toBeGreaterThanOrEqual(3);
    expect(outcome.dropped.component).toBe((outcome.counters.bursts ?? 0) - 3);
  });
});

describe("the loop", () => {
  test("timers, promises and sockets live under load", async () => {
    const outcome = await underPeer("./components/lives.ts", "--packets", "400000", "--agent", "call lives");
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 400000 } });
    const lives = outcome.agent[0]?.result as { promises: number; timers: number; answers: number } | undefined;
    expect(lives?.promises).toBe(4000);
    expect(lives?.timers).toBeGreaterThan(0);
    expect(lives?.answers).toBeGreaterThan(0);
  });

  test.each(["SIGTERM", "SIGINT"])("%s leaves in order, whatever the author keeps alive", async (signal) => {
    const outcome = await underPeer("./components/leaves.ts", "--packets", "1000", "--agent", `call leave ${signal}`);
    expect(outcome).toMatchObject({ ...balanced, returned: { out: 1000 } });
    const second = "a component runs one function: run() or runBurst() was called before\n";
    expect(outcome.stderr).toBe(`${second}exit listener: 0, bytes left 0\n`);
  });

  test("kill -9 under load loses no frame", async () => {
    const outcome = await underPeer("./components/contract.ts", "--packets", "1000", "--kill", "--rounds", "4");
    expect(outcome).toMatchObject(balanced);
  });

  test("garbage in the channel does not crash it", async () => {
    const { code, stderr } = await ran(...hostile("./components/contract.ts"));
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  test("without a channel: one line, status 1", async () => {
    const { code, stderr } = await ran(process.execPath, [bundle("./components/contract.ts")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^component: channel: COVEN_SLOT is not set.*\n$/);
  });
});

function hostile(source: string): [string, string[]] {
  return [peer, ["--hostile", "7", "--rounds", "6", "--", process.execPath, bundle(source)]];
}
