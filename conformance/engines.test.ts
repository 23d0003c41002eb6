/** The TypeScript engine is the oracle of the Rust one: random graphs and packets through both, and the same bytes and counters come out. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineStatistics, PortBinding, Prepared, Vnf } from "@coven/contract";
import { planVnf, readGraph } from "@coven/itf";
import { drivers, platformPaths } from "@coven/pps";
import { engineBinary, readCapture, root, writeCapture } from "@coven/testbed";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kind, kinds, through } from "./engines/run.ts";

const points = ["lan", "wan", "tap"] as const;
const names = ["a", "b", "c"] as const;
const outputs = ["x", "y"] as const;
/** Ingress, number and operations stand there; the component keeps them in their place. */
const trailer_bytes = 8;
const room_bytes = 2048 - 320;
const packets_max = 18;

const trunk = fc.tuple(fc.constantFrom(...points), fc.shuffledSubarray([...names]), fc.constantFrom(...points)).map(([from, via, to]) => [from, ...via, to].join(" -> "));
const branch = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...outputs), fc.shuffledSubarray([...names], { maxLength: 2 }), fc.constantFrom(...points, ...names))
  .map(([component, output, via, to]) => [`${component}.${output}`, ...via, to].join(" -> "));

const graphs = fc.tuple(fc.array(trunk, { minLength: 1, maxLength: 3 }), fc.array(branch, { maxLength: 2 }), fc.constantFrom("drop" as const, "block" as const)).map(([trunks, branches, onFull]): Vnf => {
  const paths = Object.fromEntries([...trunks.map((text, i) => [`t${i}`, text]), ...branches.map((text, i) => [`z${i}`, text])]);
  const words = [...trunks, ...branches].flatMap((text) => text.split(" -> "));
  const used = names.filter((name) => words.some((word) => word.split(".")[0] === name));
  const component = (name: string) => ({ framework: "c", onFull, creates: true, outputs: outputs.filter((output) => words.includes(`${name}.${output}`)) });
  return { vnf: "x", version: "1", connectionPoints: Object.fromEntries(points.map((point) => [point, {}])), components: Object.fromEntries(used.map((name) => [name, component(name)])), paths };
});
const sound = graphs.filter((vnf) => readGraph(vnf).faults.length === 0);

const sizes = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 30, max: 1600 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 13 }) }, { weight: 1, arbitrary: fc.constantFrom(room_bytes, room_bytes + 1, 2048) });
const packet = fc.record({ size: sizes, ipv4: fc.boolean(), operations: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)) });
const traffic = fc.tuple(...points.map(() => fc.array(packet, { maxLength: packets_max })));

function frame(ingress: number, number: number, { size, ipv4, operations }: typeof packet extends fc.Arbitrary<infer P> ? P : never): Buffer {
  const bytes = Buffer.alloc(size, number + 1);
  if (size < 30) return bytes;
  bytes.writeUInt16BE(ipv4 ? 0x0800 : 0x88b5, 12);
  bytes[14] = 0x45;
  bytes.set([ingress, 0, 0, 0, number, operations[2], operations[1], operations[0]], size - trailer_bytes);
  return bytes;
}

/** What took the same way must be in the same order; packets of different ways may overtake each other. */
function byWay(file: string): Record<string, string[]> {
  const ways: Record<string, string[]> = {};
  for (const { bytes } of readCapture(file)) {
    const end = bytes.subarray(-trailer_bytes);
    (ways[`${end[0]} ${end.toString("hex", 5)}`] ??= []).push(bytes.toString("hex"));
  }
  return ways;
}

/** Everything that does not depend on time. */
function counted({ received, created, transmitted, in_flight, bad_frames, dropped, ports, components }: EngineStatistics) {
  return {
    received, created, transmitted, in_flight, bad_frames, dropped,
    ports: ports.map(({ name, rx_packets, rx_bytes, tx_packets, tx_bytes, done, state }) => ({ name, rx_packets, rx_bytes, tx_packets, tx_bytes, done, state })),
    components: components.map(({ name, error, queued, counters: { packets_in, bytes_in, packets_out, bytes_out, packets_dropped, errors, edge_full, bad_descriptors } }) => ({
      name, error, queued, packets_in, bytes_in, packets_out, bytes_out, packets_dropped, errors, edge_full, bad_descriptors,
    })),
  };
}

const built = existsSync(engineBinary);
if (!built) console.log(`SKIP the two engines compared: the Rust engine is not built, there is no ${engineBinary}`);

describe.runIf(built)("the Rust engine and the TypeScript engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "engines-"));
  const driver = drivers(platformPaths(root)).c;
  let prepared: Prepared;
  let runs = 0;

  beforeAll(async () => {
    prepared = await driver.prepare({ framework: "c" }, "mix", join(root, "conformance/engines"), folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function outcome(kind: Kind, vnf: Vnf): Promise<{ counted: ReturnType<typeof counted>; out: Record<string, string[]>[] }> {
    const file = (point: string) => join(folder, `${kind}-${point}.pcap`);
    const ports = Object.fromEntries(points.map((point): [string, PortBinding] => [point, { backend: "pcap", in: join(folder, `${point}.pcap`), out: file(point) }]));
    const statistics = await through(kind, join(folder, `${kind}${runs++}`), planVnf(vnf, ports, { cpus: 1 }), driver, prepared);
    return { counted: counted(statistics), out: points.map((point) => byWay(file(point))) };
  }

  it("put out the same bytes and the same counters", async () => {
    await fc.assert(
      fc.asyncProperty(sound, traffic, async (vnf, packets) => {
        points.forEach((point, ingress) => {
          writeCapture(join(folder, `${point}.pcap`), (packets[ingress] ?? []).map((one, number) => ({ time_ns: BigInt(number), bytes: frame(ingress, number, one) })));
        });
        const [rust, typescript] = [await outcome(kinds[0], vnf), await outcome(kinds[1], vnf)];
        expect(typescript).toEqual(rust);
        expect(rust.counted.received).toBe(packets.flat().length);
      }),
      { numRuns: 25, endOnFailure: false, interruptAfterTimeLimit: 100_000 },
    );
  }, 180_000);
});
