/** `coven dev` and the TypeScript engine on interfaces: packets of a host through a component to another, and new code swapped in without a loss. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, engineBinary, isolated, pause, readCapture, Rig, root, sequence, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "./support.ts";

const able = isolated && existsSync(engineBinary);
if (!able) console.log("SKIP coven dev on interfaces: it needs namespaces (tools/isolate.sh) and the Rust engine, which sends");

const code = (mark: string) => `import { counter, run, Verdict } from "@coven/sdk";\nconst seen = counter("${mark}");\nrun(() => {\n  seen.add(1);\n  return Verdict.forward;\n});\n`;

describe.runIf(able)("coven dev on two interfaces", () => {
  const folder = mkdtempSync(join(tmpdir(), "dev-"));
  const at = (file: string) => join(folder, file);
  let rig: Rig;

  beforeAll(() => {
    rig = new Rig(folder);
    mkdirSync(at("vnf/filter"), { recursive: true });
    writeFileSync(at("vnf/vnf.yaml"), "vnf: watched\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents: { filter: { framework: typescript } }\npaths: { up: lan -> filter -> wan, down: wan -> filter -> lan }\n");
    writeFileSync(at("vnf/filter/main.ts"), code("first"));
  });
  afterAll(() => {
    rig.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As editors do it: a new file in the place of the old one. */
  function save(text: string): void {
    writeFileSync(at("new"), text);
    renameSync(at("new"), at("vnf/filter/main.ts"));
  }

  it("moves every packet unchanged while code is saved, wrong code too, and ends with an interruption", async () => {
    const child = spawn(join(root, "bin/coven"), ["dev", "vnf", "--port", `lan=af_packet:${rig.lan}`, "--port", `wan=af_packet:${rig.wan}`], { cwd: folder, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((resolve) => child.once("close", resolve));
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    const says = (what: RegExp) => until(() => what.test(said) || child.exitCode !== null, `coven dev says ${what}, but: ${said}`);
    try {
      await says(/is running/);
      const sent = sequence(8000);
      writeCapture(at("in.pcap"), sent);
      const sink = rig.station("server", { receive: at("out.pcap") });
      await sink.ready();
      const source = rig.station("client", { send: at("in.pcap"), rate: 2000 });
      await source.ready();
      save(code("second"));
      await says(/swapped {2}filter: filter\/main\.ts; packets waited for/);
      save(`${code("third")}let a = = 1;\n`);
      await says(/failed.*filter\/main\.ts:7:9: Unexpected "="[\s\S]*the code before goes on/);
      save(`throw new Error("not today");\n${code("fourth")}`);
      await says(/failed.*filter[\s\S]*not today/);
      save(code("last"));
      await says(/swapped[\s\S]*swapped/);
      await source.sent(60_000);
      await pause(500);
      await Promise.all([source.end(), sink.end()]);
      expect(compare(sent, readCapture(at("out.pcap")))).toEqual({ arrived: 8000, missing: 0, doubled: 0, changed: 0, outOfOrder: 0 });
    } finally {
      child.kill("SIGINT");
    }
    expect(await ended).toBe(0);
    expect(said).toMatch(/vnf: \d+ packets in, \d+ out, 0 dropped\nITEM +VALUE.*\nlast +\d+/);
  });
});
