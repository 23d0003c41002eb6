import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { burstHarness, harness } from "../src/testing/index.ts";
import { CaptureWriter } from "../src/captures/index.ts";
import { command, counter, type Flow, flowTable, type Packet, packetNew, setting, Verdict } from "../src/index.ts";

declare module "../src/context.ts" {
  interface ContextFields {
    tenant: number;
    mark: number;
  }
}

const folder = mkdtempSync(join(tmpdir(), "harness-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** UDP over IPv4, without a checksum. */
function udp(source: number, destination: number, ports: [number, number], payload = "x"): Uint8Array {
  const bytes = Buffer.alloc(42 + payload.length);
  bytes.set([0x08, 0x00, 0x45, 0, 0, 28 + payload.length], 12);
  bytes.set([64, 17], 22);
  bytes.writeUInt32BE(source, 26);
  bytes.writeUInt32BE(destination, 30);
  bytes.writeUInt16BE(ports[0], 34);
  bytes.writeUInt16BE(ports[1], 36);
  bytes.writeUInt16BE(8 + payload.length, 38);
  bytes.write(payload, 42);
  return bytes;
}
const one = udp(0x0a000001, 0x0a000002, [1000, 53]);
const back = udp(0x0a000002, 0x0a000001, [53, 1000]);
const second = 1_000_000_000n;

describe("the harness", () => {
  const seen = counter("seen");
  const limit = setting("limit", 3);
  command("twice", (argument) => Number(argument) * 2);
  const suspicious = Verdict.to("suspicious");

  function decide(packet: Packet): Verdict {
    seen.add(1);
    if (packet.udp?.destinationPort === 53) packet.context.tenant = limit.value;
    if (packet.length > 100) return Verdict.drop;
    if (packet.udp?.sourcePort === 1) return packet.u8(1000);
    if (packet.udp?.sourcePort === 2) return suspicious;
    if (packet.udp?.sourcePort === 3) packet.clone()?.send(suspicious);
    if (packet.udp?.sourcePort === 4) return 7;
    return Verdict.forward;
  }
  const options = { outputs: ["out", "suspicious"], context: "tenant:24,mark:8,reserved:96", settings: { limit: 5 } };

  it("gives verdict, bytes, context, packets of its own, and items", () => {
    const tested = harness(decide, options);
    expect(tested.packet(one)).toMatchObject({ verdict: "out", bytes: new Uint8Array(one), sent: [] });
    const result = tested.packet(one, { context: { mark: 9 } });
    expect([result.fields.tenant, result.fields.mark, result.context[2]]).toEqual([5, 9, 5]);
    expect(tested.packet(udp(1, 2, [2, 2])).verdict).toBe("suspicious");
    expect(tested.packet(udp(1, 2, [3, 3])).sent).toMatchObject([{ verdict: "suspicious", bytes: new Uint8Array(udp(1, 2, [3, 3])) }]);
    expect(tested.packet(Buffer.alloc(200)).verdict).toBe("drop");
    expect([tested.item("seen"), tested.item("limit"), tested.call("twice", "21")]).toEqual([5, 5, 42]);
    tested.set("limit", 6);
    expect(tested.packet(one).fields.tenant).toBe(6);
  });

  it("gives the error", () => {
    const tested = harness(decide, options);
    expect(tested.packet(udp(1, 2, [1, 1]))).toMatchObject({ verdict: "error", error: expect.objectContaining({ message: "offset 1000, size 1: outside the packet of 43 bytes" }) });
    expect(String(tested.packet(udp(1, 2, [4, 4])).error)).toContain("not 7; the outputs are: out, suspicious");
    expect(String(harness(decide, { context: options.context }).packet(udp(1, 2, [2, 2])).error)).toContain('no output "suspicious"; this component has: out');
    expect(String(harness(decide).packet(one).error)).toContain('no context field "tenant"; the package states no layout');
    expect(String(harness(decide, { context: "tenat:24,rest:104" }).packet(one).error)).toContain("the layout has: tenat, rest");
  });

  it("begins anew each time", () => {
    harness(decide, options).packet(one);
    expect(harness(decide, options).item("seen")).toBe(0);
    expect(harness(decide).item("limit")).toBe(3);
  });

  it("takes captures, with their times", () => {
    const file = join(folder, "c.pcap");
    const writer = new CaptureWriter(file);
    for (let number = 0; number < 10; number++) writer.write(udp(1, 2, [number, 9]), BigInt(number) * second);
    writer.close();
    const times: bigint[] = [];
    const results = harness((packet) => {
      times.push(packet.timeNs);
      return times.length % 2 ? Verdict.forward : Verdict.drop;
    }).capture(file);
    expect([results.length, results.count("out"), results.count("drop"), times[9]]).toEqual([10, 5, 5, 9n * second]);
  });

  it("holds the checks of life time", () => {
    const kept: Packet[] = [];
    const tested = harness((packet) => {
      kept.push(packet);
      return Verdict.forward;
    });
    tested.packet(one);
    for (const use of [() => kept[0]!.u8(0), () => kept[0]!.data, () => kept[0]!.udp, () => kept[0]!.context.u8(0), () => kept[0]!.mark, () => kept[0]!.growFront(1), () => kept[0]!.flow]) {
      expect(use).toThrow("not in hand any more");
    }
  });

  it("takes the burst form, and packets of one's own", () => {
    const tested = burstHarness((burst) => {
      const answer = packetNew(60, burst.packet(0));
      answer?.data.fill(1);
      answer?.send(Verdict.forward);
      expect(() => answer?.send(Verdict.forward)).toThrow("sent");
      burst.setVerdict(0, Verdict.drop);
    });
    expect(tested.packet(one)).toMatchObject({ verdict: "drop", sent: [{ verdict: "out", bytes: new Uint8Array(60).fill(1) }] });
  });
});

describe("a harness", () => {
  const table = flowTable<number>("begun", 4, 10);
  const count = (packet: Packet) => (table.put(packet, (table.get(packet) ?? 0) + 1), Verdict.forward);

  it("begins with empty flow tables, and its results become what one makes of them", () => {
    const file = join(folder, "both.pcap");
    const writer = new CaptureWriter(file);
    for (const bytes of [one, back]) writer.write(bytes, second);
    writer.close();
    for (let round = 0; round < 2; round++) {
      const tested = harness(count);
      const results = tested.capture(file);
      expect([tested.item("begun_flows"), [...table].map(([, packets]) => packets)]).toEqual([1, [2]]);
      expect(results.map(({ verdict }) => verdict)).toStrictEqual(["out", "out"]);
    }
  });
});

describe("a flow table", () => {
  let name = 0;
  let act: (packet: Packet) => void;
  const tested = () => harness((packet) => (act(packet), Verdict.forward));
  const at = (seconds: number) => ({ timeNs: BigInt(seconds) * second });
  let told: ReturnType<typeof tested>;
  beforeEach(() => {
    told = tested();
  });
  const pass = (bytes: Uint8Array, seconds: number, what: (packet: Packet) => void) => {
    act = what;
    const { error } = told.packet(bytes, at(seconds));
    if (error) throw error;
  };

  it("has both directions in one entry, or not", () => {
    const [both, each] = [flowTable<number>(`t${name++}`, 4, 10), flowTable<number>(`t${name++}`, 4, 10, false)];
    pass(one, 0, (packet) => expect([both.put(packet, 7), each.put(packet, 7)]).toEqual([true, true]));
    pass(back, 1, (packet) => expect([both.get(packet), each.get(packet), each.get(packet.flow!.reversed)]).toEqual([7, undefined, 7]));
    pass(Buffer.alloc(60), 1, (packet) => expect([both.put(packet, 7), both.get(packet), both.remove(packet), both.size]).toEqual([false, undefined, false, 1]));
    pass(back, 1, (packet) => expect([both.remove(packet), both.remove(packet), both.size]).toEqual([true, false, 0]));
  });

  it("forgets what is unused for its time, by the packets' clock", () => {
    const table = flowTable<number>("timed", 4, 10);
    pass(one, 0, (packet) => table.put(packet, 1));
    pass(udp(1, 2, [1, 1]), 9, (packet) => table.put(packet, 2));
    pass(one, 9, (packet) => expect(table.get(packet)).toBe(1));
    pass(one, 18, (packet) => expect([table.get(packet), table.size]).toEqual([1, 2]));
    pass(one, 19, (packet) => expect([table.get(packet), table.size]).toEqual([1, 1]));
    pass(one, 40, (packet) => expect([table.get(packet), table.size]).toEqual([undefined, 0]));
    expect([told.item("timed_flows"), told.item("timed_expired"), told.item("timed_evicted")]).toEqual([0, 2, 0]);
  });

  it("gives up the one unused for longest when it is full, and tells from the latest", () => {
    const table = flowTable<number>("full", 3, 1000);
    for (const port of [1, 2, 3]) pass(udp(1, 2, [port, 9]), port, (packet) => table.put(packet, port));
    pass(udp(1, 2, [1, 9]), 4, (packet) => expect(table.get(packet)).toBe(1));
    pass(udp(1, 2, [4, 9]), 5, (packet) => table.put(packet, 4));
    expect([...table].map(([flow, value]) => [flow.sourcePort, value])).toEqual([[4, 4], [1, 1], [3, 3]]);
    expect([told.item("full_flows"), told.item("full_evicted")]).toEqual([3, 1]);
  });

  it("agrees with a plain map, whatever is asked of it", () => {
    const table = flowTable<number>("model", 50, 1e9);
    const model = new Map<string, number>();
    let seed = 7;
    const next = (below: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
    for (let step = 0; step < 5000; step++) {
      pass(udp(next(4), 9, [next(40), 1]), step, (packet) => compare(packet.flow!, step));
      expect(table.size).toBe(model.size);
    }
    function compare(flow: Flow, step: number): void {
      const known = model.get(flow.key);
      if (next(3) === 0) {
        expect(table.remove(flow)).toBe(model.delete(flow.key));
        return;
      }
      expect(table.get(flow)).toBe(known);
      if (known === undefined && model.size === 50) model.delete([...model.keys()][0]!);
      table.put(flow, step);
      model.delete(flow.key);
      model.set(flow.key, step);
    }
  });

  it.each([[0, 1], [1.5, 1], [4, 0], [4, Number.NaN]])("refuses a capacity of %s and a timeout of %s", (capacity, timeout) => {
    expect(() => flowTable(`bad${name++}`, capacity, timeout)).toThrow("flow table bad");
  });
});
