/** Every pair of languages: 1,000 packets of 60 to 1514 bytes each way at once, the context written by one component and read by the other, every byte compared.
 * Paths that run both ways through the same components can't block (spec/channel.md §4), so the rate leaves a busy machine half a second to fall behind (limit 512). */
import { join } from "node:path";
import { archiveOf, type Frame, Platform, readCapture, root, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";

const usable = await languages();
const pairs = usable.flatMap((a) => usable.map((b) => [a, b] as const));
const count = 1000;

/** Packets of every size, each with its number and pseudo-random bytes. */
function packets(seed: number): Frame[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 16;
  };
  return Array.from({ length: count }, (_, n) => {
    const bytes = Buffer.alloc(60 + ((n * 97) % 1455), 0);
    for (let i = 14; i < bytes.length; i++) bytes[i] = next();
    bytes.write("020000000002020000000001", 0, "hex");
    bytes.writeUInt16BE(0x88b5, 12);
    bytes.writeUInt32BE(n, 14);
    return { time_ns: BigInt(n) * 1000n, bytes };
  });
}

describe("every pair of languages", () => {
  const platform = new Platform();
  const up = packets(1);
  const down = packets(2);
  const file = (name: string) => join(platform.folder, name);

  beforeAll(async () => {
    await platform.up();
    writeCapture(file("up.pcap"), up);
    writeCapture(file("down.pcap"), down);
  });
  afterAll(() => platform.remove());

  it.each(pairs)("%s and %s", async (a, b) => {
    const archive = await archiveOf(join(root, "conformance/pair"), [
      `components.a.framework=${a}`, `components.a.source=pair-${a}/`, `components.b.framework=${b}`, `components.b.source=pair-${b}/`,
    ]);
    const { instance, package: packageId } = await platform.deploy(archive, "pair", {
      lan: { backend: "pcap", in: file("up.pcap"), out: file("down-out.pcap"), rate: 1000 },
      wan: { backend: "pcap", in: file("down.pcap"), out: file("up-out.pcap"), rate: 1000 },
    });
    await platform.replayed(instance, "lan", 20_000);
    const now = await platform.replayed(instance, "wan", 20_000);
    const agents = await platform.agents(instance);
    await platform.undeploy(instance);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${packageId}`);

    const bytes = (frames: Frame[]) => frames.map((frame) => frame.bytes.toString("hex"));
    expect(now.dropped).toEqual({});
    expect(bytes(readCapture(file("up-out.pcap")))).toEqual(bytes(up));
    expect(bytes(readCapture(file("down-out.pcap")))).toEqual(bytes(down));
    const values = Object.fromEntries(agents.map((agent) => [agent.component, Object.fromEntries(agent.items.map((item) => [item.name, item.value]))]));
    for (const component of ["a", "b"]) expect(values[component]).toMatchObject({ written: count, matched: count, mismatched: 0 });
  });
});
