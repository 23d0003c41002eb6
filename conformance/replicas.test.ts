/** A component in several processes: every packet arrives, and both directions of a flow, whoever posts them, stay with one process. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, type Frame, Platform, readCapture, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";
import { ofFlow } from "./support.ts";

/** Each writes the number of its process into the last byte: `b.2` writes 2. */
const codes: Record<string, Record<string, string>> = {
  c: { "main.c": '#include <coven/nf.h>\n#include <stdlib.h>\n#include <string.h>\nstatic unsigned char number;\nstatic coven_verdict sign(coven_packet *packet, void *state) {\n    (void)state;\n    packet->data[packet->length - 1] = number;\n    return COVEN_FORWARD;\n}\nint main(void) {\n    number = (unsigned char)atoi(strchr(getenv("COVEN_NAME"), \'.\') + 1);\n    return coven_run(sign, NULL);\n}\n' },
  python: { "main.py": 'import os\nfrom coven import Verdict, run\n\nnumber = int(os.environ["COVEN_NAME"].split(".")[1])\n\n@run\ndef sign(packet):\n    packet[len(packet) - 1] = number\n    return Verdict.FORWARD\n' },
  java: { "Main.java": 'import coven.Coven;\nimport coven.Verdict;\n\npublic final class Main {\n    public static void main(String[] words) {\n        int number = Integer.parseInt(System.getenv("COVEN_NAME").split("[.]")[1]);\n        Coven.run(packet -> {\n            packet.data().put(packet.length() - 1, (byte) number);\n            return Verdict.FORWARD;\n        });\n    }\n}\n' },
};
const before: Record<string, string> = { "main.c": "#include <coven/nf.h>\nstatic coven_verdict pass(coven_packet *packet, void *state) { (void)packet; (void)state; return COVEN_FORWARD; }\nint main(void) { return coven_run(pass, NULL); }\n" };
const usable = (await languages()).filter((language) => language in codes);
const [flows, each] = [40, 10];

const packets = (down: boolean): Frame[] =>
  Array.from({ length: flows * each }, (_, n) => ({ time_ns: BigInt(n), bytes: ofFlow(n % flows, n, down) }));
const flowOf = (bytes: Buffer, down: boolean) => bytes[down ? 33 : 29] ?? 0;

describe("replicas of a component", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);

  beforeAll(async () => {
    await platform.up();
    writeCapture(file("up.pcap"), packets(false));
    writeCapture(file("down.pcap"), packets(true));
  });
  afterAll(() => platform.remove());

  it.each(usable)("%s: three processes behind a component on one way and behind the engine on the other", async (language) => {
    const folder = file(language);
    for (const [name, sources] of [["a", before], ["b", codes[language] ?? {}]] as const) {
      mkdirSync(join(folder, name), { recursive: true });
      for (const [source, text] of Object.entries(sources)) writeFileSync(join(folder, name, source), text);
    }
    const components = `a: { framework: c }, b: { framework: ${language}, replicas: 3 }`;
    writeFileSync(join(folder, "vnf.yaml"), `vnf: ${language}\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents: { ${components} }\npaths: { up: lan -> a -> b -> wan, down: wan -> b -> a -> lan }\n`);
    const { instance } = await platform.deploy(await archiveOf(folder), `replicas-${language}`, {
      lan: { backend: "pcap", in: file("up.pcap"), out: file("down-out.pcap"), rate: 2000 },
      wan: { backend: "pcap", in: file("down.pcap"), out: file("up-out.pcap"), rate: 2000 },
    });
    await platform.replayed(instance, "lan", 20_000);
    const now = await platform.replayed(instance, "wan", 20_000);
    await platform.undeploy(instance);
    expect(now.dropped).toEqual({});
    expect(now.components.map(({ name }) => name)).toEqual(["a", "b.1", "b.2", "b.3"]);
    const by = new Map<number, Set<number>>();
    for (const [name, down] of [["up-out.pcap", false], ["down-out.pcap", true]] as const) {
      const out = readCapture(file(name)).map(({ bytes }) => bytes);
      expect(out).toHaveLength(flows * each);
      for (const bytes of out) by.set(flowOf(bytes, down), (by.get(flowOf(bytes, down)) ?? new Set()).add(bytes.at(-1) ?? 0));
      const inOrder = (flow: number) => out.filter((bytes) => flowOf(bytes, down) === flow).map((bytes) => bytes.readUInt16BE(44));
      for (let flow = 0; flow < flows; flow++) expect(inOrder(flow)).toEqual(inOrder(flow).toSorted((a, b) => a - b));
    }
    expect([...by.values()].filter((processes) => processes.size !== 1)).toEqual([]);
    expect(new Set([...by.values()].flatMap((processes) => [...processes]))).toEqual(new Set([1, 2, 3]));
  });
});
