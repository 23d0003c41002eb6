/** A component whose code fails on a packet: dropped and counted, told with file and line, and the packet kept in a capture that the line names. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, Platform, readCapture, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";

/** Each fails on a packet whose byte 14 is 255; in C nothing raises. */
const codes: Record<string, { file: string; text: string; place: RegExp }> = {
  python: { file: "main.py", text: 'from coven import Verdict, run\n\n@run\ndef fragile(packet):\n    if packet[14] == 255:\n        raise ValueError("this one")\n    return Verdict.FORWARD\n', place: /main\.py:6/ },
  typescript: { file: "main.ts", text: 'import { run, Verdict } from "@coven/sdk";\nrun((packet) => {\n  if (packet.u8(14) === 255) throw new Error("this one");\n  return Verdict.forward;\n});\n', place: /main\.ts:3/ },
  java: { file: "Main.java", text: 'import coven.Coven;\nimport coven.Verdict;\n\npublic final class Main {\n    public static void main(String[] words) {\n        Coven.run(packet -> {\n            if (packet.u8(14) == 255) throw new IllegalStateException("this one");\n            return Verdict.FORWARD;\n        });\n    }\n}\n', place: /Main\.java:7/ },
  rust: { file: "main.rs", text: 'use coven::{run, Verdict};\n\nfn main() -> std::process::ExitCode {\n    run(|packet| {\n        if packet.data()[14] == 255 {\n            panic!("this one");\n        }\n        Verdict::Forward\n    })\n}\n', place: /main\.rs:6/ },
};
const usable = (await languages()).filter((language) => language in codes);

describe("code that fails on a packet", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  const packets = [1, 255, 2].map((n) => ({ time_ns: BigInt(n), bytes: Buffer.alloc(60, n) }));

  beforeAll(async () => {
    await platform.up();
    writeCapture(file("in.pcap"), packets);
  });
  afterAll(() => platform.remove());

  it.each(usable)("%s: it is told where, and the packet is kept", async (language) => {
    const code = codes[language] ?? { file: "", text: "", place: /./ };
    const folder = file(language);
    mkdirSync(join(folder, "fragile"), { recursive: true });
    writeFileSync(join(folder, "fragile", code.file), code.text);
    writeFileSync(join(folder, "vnf.yaml"), `vnf: ${language}\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents: { fragile: { framework: ${language} } }\npaths: { up: lan -> fragile -> wan }\n`);
    const { instance } = await platform.deploy(await archiveOf(folder), language, { lan: { backend: "pcap", in: file("in.pcap") }, wan: { backend: "pcap", out: file("out.pcap") } });
    const { dropped } = await platform.replayed(instance, "lan", 20_000);
    const logs = await platform.call("GET", `/coven/v1/instances/${instance}/logs`);
    const text = JSON.stringify(logs);
    await platform.undeploy(instance);
    expect(dropped).toEqual({ component_error: 1 });
    expect(text).toMatch(code.place);
    expect(text).toContain("this one");
    expect(text).toMatch(/fragile\.pcap/);
    expect(readCapture(file("out.pcap")).map(({ bytes }) => bytes[14])).toEqual([1, 2]);
  });
});
