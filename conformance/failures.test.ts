/** A component that misbehaves: its packets are dropped and counted with a reason, it is told what was wrong and where, the packets are kept in a capture that the
 * lines name, and the time that a packet takes is measured. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, Platform, readCapture, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";

interface Code { file: string; lines: string[]; says: RegExp[]; dropped: Record<string, number>; kept: number[] }

/** Byte 14 of a packet says what goes wrong: 255 the function raises (in C nothing does), 254 its verdict is none, 253 it looks at a packet that it has kept
 * (C and C++ leave that to the author, Rust does not compile it). */
const codes: Record<string, Code> = {
  python: {
    file: "main.py",
    lines: [
      "from coven import Verdict, run",
      "kept = []",
      "@run",
      "def fragile(packet):",
      "    kind = packet[14]",
      "    if kind == 255:",
      "        raise ValueError(\"this one\")",
      "    if kind == 254:",
      "        return 77",
      "    if kind == 253:",
      "        return Verdict.FORWARD if kept[-1][14] else Verdict.DROP",
      "    kept.append(packet)",
      "    return Verdict.FORWARD",
    ],
    says: [/ValueError: this one \(.*main\.py:7\)/, /a verdict is .*, not 77; the outputs are out/, /this packet is gone.*\(.*main\.py:11\)/],
    dropped: { component_error: 3 },
    kept: [255, 254, 253],
  },
  typescript: {
    file: "main.ts",
    lines: [
      "import { type Packet, run, Verdict } from \"@coven/sdk\";",
      "let kept: Packet | undefined;",
      "run((packet) => {",
      "  const kind = packet.u8(14);",
      "  if (kind === 255) throw new Error(\"this one\");",
      "  if (kind === 254) return 77;",
      "  if (kind === 253) return kept!.u8(14) === 1 ? Verdict.forward : Verdict.drop;",
      "  kept = packet;",
      "  return Verdict.forward;",
      "});",
    ],
    says: [/Error: this one \(.*main\.ts:5\)/, /a verdict must be .*, not 77; the outputs are: out/, /this packet is not in hand any more.*\(.*main\.ts:7\)/],
    dropped: { component_error: 3 },
    kept: [255, 254, 253],
  },
  javascript: {
    file: "main.js",
    lines: [
      "import { run, Verdict } from \"@coven/sdk\";",
      "let kept;",
      "run((packet) => {",
      "  const kind = packet.u8(14);",
      "  if (kind === 255) throw new Error(\"this one\");",
      "  if (kind === 254) return 77;",
      "  if (kind === 253) return kept.u8(14) === 1 ? Verdict.forward : Verdict.drop;",
      "  kept = packet;",
      "  return Verdict.forward;",
      "});",
    ],
    says: [/Error: this one \(.*main\.js:5\)/, /a verdict must be .*, not 77; the outputs are: out/, /this packet is not in hand any more.*\(.*main\.js:7\)/],
    dropped: { component_error: 3 },
    kept: [255, 254, 253],
  },
  java: {
    file: "Main.java",
    lines: [
      "import coven.*;",
      "public final class Main {",
      "    static Packet kept;",
      "    public static void main(String[] words) {",
      "        Coven.run(packet -> {",
      "            int kind = packet.u8(14);",
      "            if (kind == 255) throw new IllegalStateException(\"this one\");",
      "            if (kind == 254) return Verdict.to(\"nowhere\");",
      "            if (kind == 253) return kept.u8(14) == 1 ? Verdict.FORWARD : Verdict.DROP;",
      "            kept = packet;",
      "            return Verdict.FORWARD;",
      "        });",
      "    }",
      "}",
    ],
    says: [/IllegalStateException: this one at Main\.java:7/, /no output is named nowhere .*there are: out/, /this packet has gone on.*Main\.java:9/],
    dropped: { component_error: 3 },
    kept: [255, 254, 253],
  },
  c: {
    file: "main.c",
    lines: [
      "#include <coven/nf.h>",
      "static coven_verdict fragile(coven_packet *packet, void *state) { (void)state; return packet->data[14] == 254 ? 77 : COVEN_FORWARD; }",
      "int main(void) { return coven_run(fragile, 0); }",
    ],
    says: [/verdict 77 is no output of this component: there are 0 \(out\)/],
    dropped: { unknown_output: 1 },
    kept: [254],
  },
  cpp: {
    file: "main.cc",
    lines: [
      "#include <coven/nf.hpp>",
      "int main() {",
      "    return coven::run([](coven::packet &packet) -> coven::verdict {",
      "        if (packet.data()[14] == 255) throw std::runtime_error(\"this one\");",
      "        return packet.data()[14] == 254 ? 77 : coven::forward;",
      "    });",
      "}",
    ],
    says: [/the function failed: this one/, /verdict 77 is no output of this component: there are 0 \(out\)/],
    dropped: { component_error: 1, unknown_output: 1 },
    kept: [255, 254],
  },
  rust: {
    file: "main.rs",
    lines: [
      "use coven::{run, Verdict};",
      "fn main() -> std::process::ExitCode {",
      "    let nowhere = Verdict::to(\"nowhere\");",
      "    run(move |packet| match packet.data()[14] {",
      "        255 => panic!(\"this one\"),",
      "        254 => nowhere,",
      "        _ => Verdict::Forward,",
      "    })",
      "}",
    ],
    says: [/the function panicked: this one, .*main\.rs:5/, /no output is named nowhere; packets sent there are dropped/],
    dropped: { component: 1, component_error: 1 },
    kept: [255],
  },
};
const usable = (await languages()).filter((language) => language in codes);

describe("a component that misbehaves", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  // A line a second at most is told: so they come further apart.
  // 253 comes in one burst with what it looks at: objects of packets are used again, burst by burst.
  const packets = [[1], [255], [254], [1, 253], [2]].flatMap((kinds, n) => kinds.map((kind) => ({ time_ns: BigInt(n) * 1_200_000_000n, bytes: Buffer.alloc(60, kind) })));

  beforeAll(async () => {
    await platform.up();
    writeCapture(file("in.pcap"), packets);
  });
  afterAll(() => platform.remove());

  it.each(usable)("%s: it is told what and where, the packets are kept, their time is measured", async (language) => {
    const code = codes[language] as Code;
    const folder = file(language);
    mkdirSync(join(folder, "fragile"), { recursive: true });
    writeFileSync(join(folder, "fragile", code.file), code.lines.join("\n"));
    writeFileSync(join(folder, "vnf.yaml"), `vnf: ${language}\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents: { fragile: { framework: ${language} } }\npaths: { up: lan -> fragile -> wan }\n`);
    const { instance } = await platform.deploy(await archiveOf(folder), language, { lan: { backend: "pcap", in: file("in.pcap"), rate: "recorded" }, wan: { backend: "pcap", out: file("out.pcap") } });
    const { dropped, components } = await platform.replayed(instance, "lan", 30_000);
    const text = JSON.stringify(await platform.call("GET", `/coven/v1/instances/${instance}/logs`));
    const [captured] = readdirSync(platform.folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("fragile.pcap"));
    const kept = readCapture(file(captured ?? "")).map(({ bytes }) => bytes[14]);
    await platform.undeploy(instance);
    for (const line of code.says) expect(text).toMatch(line);
    expect([dropped, kept]).toEqual([code.dropped, code.kept]);
    expect(text).toMatch(/fragile\.pcap/);
    expect(text).not.toContain("__rust_begin_short_backtrace"); // a stack is the author's
    expect(readCapture(file("out.pcap")).map(({ bytes }) => bytes[14])).toEqual(packets.map(({ bytes }) => bytes[14] ?? 0).filter((kind) => !code.kept.includes(kind) && !(language === "rust" && kind === 254)));
    expect(components[0]?.counters.busy_ns).toBeGreaterThan(0);
  });
});
