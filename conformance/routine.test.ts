/** A single routine in every language: a function in a file, without a main; the same packets pass it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCapture, root, writeCapture } from "@coven/testbed";
import { afterAll, expect, it } from "vitest";
import { languages } from "./languages.ts";

/** Each passes packets whose byte 14 is even. */
const routines: Record<string, { file: string; text: string }> = {
  c: { file: "even.c", text: "#include <coven/nf.h>\nstatic coven_verdict even(coven_packet *packet, void *state) {\n    (void)state;\n    return packet->data[14] % 2 ? COVEN_DROP : COVEN_FORWARD;\n}\n" },
  cpp: { file: "even.cc", text: "#include <coven/nf.hpp>\nstatic coven::verdict even(coven::packet &packet) { return packet.data()[14] % 2 ? coven::drop : coven::forward; }\n" },
  rust: { file: "even.rs", text: "use coven::{Packet, Verdict};\n\nfn even(packet: &mut Packet) -> Verdict {\n    if packet.data()[14] % 2 == 0 { Verdict::Forward } else { Verdict::Drop }\n}\n" },
  python: { file: "even.py", text: "from coven import Verdict\n\ndef even(packet):\n    return Verdict.DROP if packet[14] % 2 else Verdict.FORWARD\n" },
  typescript: { file: "even.ts", text: 'import { type Packet, Verdict } from "@coven/sdk";\nexport const even = (packet: Packet) => (packet.u8(14) % 2 ? Verdict.drop : Verdict.forward);\n' },
  javascript: { file: "even.js", text: 'import { Verdict } from "@coven/sdk";\nexport const even = (packet) => (packet.u8(14) % 2 ? Verdict.drop : Verdict.forward);\n' },
  java: { file: "Parity.java", text: "import coven.Packet;\nimport coven.Verdict;\n\nfinal class Parity {\n    static Verdict even(Packet packet) {\n        return packet.u8(14) % 2 == 0 ? Verdict.FORWARD : Verdict.DROP;\n    }\n}\n" },
};

const folder = mkdtempSync(join(tmpdir(), "routine-"));
afterAll(() => rmSync(folder, { recursive: true }));
const coven = join(root, "bin/coven");
const [taken, put] = [join(folder, "in.pcap"), join(folder, "out.pcap")];
const packets = Array.from({ length: 40 }, (_, n) => ({ time_ns: BigInt(n) * 1000n, bytes: Buffer.alloc(60, n) }));
writeCapture(taken, packets);

it.each(await languages())("%s: a function is a component", (language) => {
  const { file, text } = routines[language] ?? { file: "", text: "" };
  writeFileSync(join(folder, file), text);
  execFileSync(coven, ["run", join(folder, file), "--routine", "even", "--in", taken, "--out", put], { stdio: ["ignore", "ignore", "inherit"] });
  expect(readCapture(put).map(({ bytes }) => bytes[14])).toEqual(packets.map(({ bytes }) => bytes[14] ?? 0).filter((n) => n % 2 === 0));
});

it("one that is not there is told, with the file", () => {
  writeFileSync(join(folder, "even.py"), routines.python?.text ?? "");
  const { status, stderr } = spawnSync(coven, ["run", join(folder, "even.py"), "--routine", "odd", "--in", taken], { encoding: "utf8" });
  expect(stderr).toContain('even.py: there is no odd in it; "routine" names a function there');
  expect(status).toBe(1);
});
