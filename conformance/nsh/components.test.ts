/** Components and the NSH: aware ones work on it in the frame, and what they make themselves leaves with the right one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, Platform, readCapture, readNsh, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chained, chained2, plain } from "./packets.ts";

/** Adds 1 to the first byte behind the service path header: of the context at an aware function, of a packet that came without NSH nothing. */
const aware: Record<string, [file: string, source: string]> = {
  c: [
    "main.c",
    `#include <coven/nf.h>
static coven_verdict count(coven_packet *packet, void *state) {
    (void)state;
    if (packet->length > 22 && packet->data[12] == 0x89 && packet->data[13] == 0x4f) packet->data[22]++;
    return COVEN_FORWARD;
}
int main(void) { return coven_run(count, NULL); }
`,
  ],
  python: [
    "main.py",
    `from coven import Verdict, run


@run
def count(packet):
    if len(packet) > 22 and packet[12] == 0x89 and packet[13] == 0x4F:
        packet[22] = (packet[22] + 1) & 255
    return Verdict.FORWARD
`,
  ],
  typescript: [
    "main.ts",
    `import { run, Verdict } from "@coven/sdk";

run((packet) => {
  if (packet.length > 22 && packet.u16(12) === 0x894f) packet.setU8(22, (packet.u8(22) + 1) & 255);
  return Verdict.forward;
});
`,
  ],
};

/** Sends on each packet, and behind it a copy that the component makes itself. */
const twice = `from coven import Verdict, run


@run
def twice(packet):
    copy = packet.clone()
    if copy is not None:
        copy.send()
    return Verdict.FORWARD
`;

describe("components and the NSH", () => {
  const platform = new Platform();
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  /** Packets through a VNF of one component, to the other side. */
  async function pass(name: string, role: string, framework: string, [file, source]: [string, string], more: string, frames: readonly Buffer[]): Promise<Buffer[]> {
    const folder = join(platform.folder, name);
    mkdirSync(join(folder, "one"), { recursive: true });
    writeFileSync(join(folder, "one", file), source);
    writeFileSync(
      join(folder, "vnf.yaml"),
      `vnf: ${name}\nversion: 1.0.0\nconnectionPoints: { lan: { nsh: ${role} }, wan: { nsh: ${role} } }\ncomponents: { one: { framework: ${framework}, source: one/, context: opaque${more} } }\npaths: { up: lan -> one -> wan }\nnsh: { paths: { up: { spi: 10, si: 100 } } }\n`,
    );
    const [sent, received] = [join(platform.folder, `${name}.in.pcap`), join(platform.folder, `${name}.out.pcap`)];
    writeCapture(sent, frames.map((bytes, index) => ({ time_ns: BigInt(index), bytes })));
    const { instance } = await platform.deploy(await archiveOf(folder), name, { lan: { backend: "pcap", in: sent }, wan: { backend: "pcap", out: received } });
    const { dropped } = await platform.replayed(instance, "lan", 20_000);
    await platform.undeploy(instance);
    expect(dropped).toEqual({});
    return readCapture(received).map(({ bytes }) => bytes);
  }

  it.each(Object.keys(aware))("an aware component in %s sees and changes the metadata; the path is stepped for it", async (framework) => {
    const source = aware[framework] ?? ["", ""];
    const out = await pass(`aware-${framework}`, "aware", framework, source, "", [chained(10, 9), chained2(10, 9, Buffer.from("fff60103aabbcc00", "hex")), plain()]);
    const context = Buffer.alloc(16, 0xc7);
    context[0] = 0xc8;
    const tlv = Buffer.from("fff60103aabbcc00", "hex");
    tlv[0] = 0; // 0xff + 1
    expect(out).toEqual([chained(10, 8, context), chained2(10, 8, tlv), plain()]);
  });

  it.each(["proxy", "aware"])("what a component makes at a %s has the NSH of what it was made like", async (role) => {
    const out = await pass(`twice-${role}`, role, "python", ["main.py", twice], ", creates: true", [chained(10, 9), plain(81)]);
    const headers = out.map((frame) => readNsh(frame)).map((nsh) => nsh && `${nsh.spi} ${nsh.si} ${nsh.context.toString("hex")} ${nsh.inner.equals(plain())}`);
    const expected = `10 8 ${"c7".repeat(16)} true`;
    expect(headers.filter((one) => one === expected)).toHaveLength(2);
    expect(out.filter((frame) => frame.equals(plain(81)))).toHaveLength(2);
    expect(out).toHaveLength(4);
  });
});
