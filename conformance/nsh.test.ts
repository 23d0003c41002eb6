/** NSH through the whole platform, on real interfaces: RFC 8300 as the vectors of spec/vectors/nsh have it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Frame, isolated, nsh, pause, Platform, readCapture, Rig, root, sequence, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forward, packageOf, until } from "./support.ts";

interface Vector {
  rule: string;
  name: string;
  paths: { spi: number; context: string; oam: string }[];
  input: string;
  expect: { plain?: boolean; drop?: string; spi?: number; si?: number; payload?: string; context?: string };
  leave?: { context: string; output: string };
}
const { vectors } = JSON.parse(readFileSync(join(root, "spec/vectors/nsh/proxy.json"), "utf8")) as { vectors: Vector[] };
const ofPath = (context: string, oam: string) => vectors.filter(({ paths: [path], input }) => path?.context === context && path.oam === oam && path.spi === 100 && input.length >= 28);

/** What a component that leaves the context alone makes of it: the output with the context that came. */
function expected({ input, expect: { plain, context }, leave }: Vector): string[] {
  if (plain) return [input];
  return leave ? [leave.output.replace(leave.context, context ?? leave.context)] : [];
}

const descriptor = (language: string, component: string, context: string, oam = "drop") => `vnf: chained
version: 1.0.0
connectionPoints: { lan: { nsh: proxy }, wan: { nsh: proxy } }
components: { a: { framework: ${language}${component} } }
paths: { up: lan -> a -> wan, back: wan -> lan }
nsh:
  paths: { up: { spi: 100${context} } }
  oam: ${oam}
`;

/** Adds one to the first byte of the context and writes its last. */
const writers = {
  c: { "a/main.c": "#include <coven/nf.h>\nstatic coven_verdict mark(coven_packet *packet, void *state) { (void)state; packet->context[0]++; packet->context[15] = 0xEE; return COVEN_FORWARD; }\nint main(void) { return coven_run(mark, NULL); }\n" },
  python: { "a/main.py": "from coven import Verdict, run\n@run\ndef mark(packet):\n    packet.context[0] = (packet.context[0] + 1) & 255\n    packet.context[15] = 0xEE\n    return Verdict.FORWARD\n" },
  typescript: { "a/main.ts": 'import { run, Verdict } from "@coven/sdk";\nrun((packet) => {\n  packet.context.setU8(0, packet.context.u8(0) + 1);\n  packet.context.setU8(15, 0xee);\n  return Verdict.forward;\n});\n' },
} as const;

/** `frame` behind an NSH of MD type 2 with one TLV of five bytes, and padding that nobody set to zero. */
function typeTwo(frame: Buffer, si: number): Buffer {
  const header = Buffer.from("0fc50203000064000102030512345678aa5a5a5a", "hex");
  header[7] = si;
  return Buffer.concat([frame.subarray(0, 12), Buffer.from("894f", "hex"), header, frame]);
}

describe.runIf(isolated)("NSH on real interfaces", () => {
  const platform = new Platform();
  let rig: Rig;
  beforeAll(async () => {
    rig = new Rig(platform.folder);
    await platform.up();
  });
  afterAll(async () => {
    await platform.remove();
    rig.remove();
  });

  /** Sends frames through the package, and returns those that arrive and are among the wanted kinds, with the statistics. */
  async function through(archive: Buffer, name: string, frames: Frame[], arriving: number) {
    const { instance } = await platform.deploy(archive, name, rig.ports);
    const [send, receive] = [join(platform.folder, `${name}-in.pcap`), join(platform.folder, `${name}-out.pcap`)];
    writeCapture(send, frames);
    const sink = rig.station("server", { receive });
    await sink.ready();
    const source = rig.station("client", { send, rate: 2000 });
    await source.sent(30_000);
    await until(async () => ((await sink.statistics()).ports.find((port) => port.name === "wire")?.rx_packets ?? 0) >= arriving, "all arrive");
    await pause(300); // hosts' own packets count as well
    const statistics = await platform.statistics(instance);
    await Promise.all([source.end(), sink.end()]);
    await platform.undeploy(instance);
    const got = readCapture(receive).map(({ bytes }) => bytes);
    return { statistics, got };
  }

  it.each([["opaque", "drop", ", context: opaque"], ["opaque", "forward", ", context: opaque"], ["none", "drop", ""]])("the vectors for context %s, OAM %s", async (context, oam, words) => {
    const mine = ofPath(context, oam);
    expect(mine.length).toBeGreaterThan(0);
    const archive = packageOf({ "vnf.yaml": descriptor("c", "", words, oam), "a/main.c": forward.c["main.c"] });
    const frames = mine.map(({ input }, n) => ({ time_ns: BigInt(n) * 1000n, bytes: Buffer.from(input, "hex") }));
    const wanted = mine.flatMap(expected);
    const { statistics, got } = await through(archive, `vectors-${context}-${oam}`, frames, wanted.length);

    // Hosts speak of themselves (neighbour discovery): only what has our addresses counts.
    const ours = got.map((bytes) => bytes.toString("hex")).filter((frame) => /^(020000000001|0a0000000001)/.test(frame));
    expect(ours).toEqual(wanted);
    const drops = mine.filter((vector) => vector.expect.drop);
    const count = (list: Vector[]) => Object.fromEntries([...new Set(list.map((one) => one.expect.drop as string))].map((reason) => [reason, list.filter((one) => one.expect.drop === reason).length]));
    expect(statistics.dropped).toEqual(count(drops));
    // What can't be read is counted at 0/0.
    const placeOf = ({ expect: { spi = 0, si = 0 } }: Vector) => `${spi}/${si}`;
    const places = [...new Set(drops.map(placeOf))];
    const counted = Object.fromEntries(statistics.nsh.filter((one) => Object.keys(one.dropped).length > 0).map((one) => [`${one.spi}/${one.si}`, one.dropped]));
    expect(counted).toEqual(Object.fromEntries(places.map((place) => [place, count(drops.filter((one) => placeOf(one) === place))])));
  });

  it.each(Object.keys(writers) as (keyof typeof writers)[])("encapsulated and plain packets together: SI stepped once, context updated in place by a component in %s", async (language) => {
    const context = Buffer.from("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "hex");
    const updated = Buffer.from("a1a1a2a3a4a5a6a7a8a9aaabacadaeee", "hex");
    const pairs = sequence(300, 10).map(({ bytes }, n): [sent: Buffer, wanted: Buffer] => {
      if (n % 3 === 0 || bytes.length > 1400) return [bytes, bytes];
      return n % 3 === 1 ? [nsh(bytes, 100, 255 - (n % 50), context), nsh(bytes, 100, 254 - (n % 50), updated)] : [typeTwo(bytes, 200), typeTwo(bytes, 199)];
    });
    const frames = pairs.map(([bytes], n) => ({ time_ns: BigInt(n) * 1000n, bytes }));
    const archive = packageOf({ "vnf.yaml": descriptor(language, ", context: opaque", ", context: opaque"), ...writers[language] });
    const { statistics, got } = await through(archive, `mixed-${language}`, frames, frames.length);

    const addresses = pairs[0]?.[0].subarray(0, 12) ?? Buffer.alloc(12);
    const ours = got.filter((bytes) => bytes.subarray(0, 12).equals(addresses));
    expect(ours.map((bytes) => bytes.toString("hex"))).toEqual(pairs.map(([, bytes]) => bytes.toString("hex")));
    expect(statistics.dropped).toEqual({});
  });
});
