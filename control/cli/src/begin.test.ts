/** From nothing to a component that runs: `run`, `init`, `dev` and `pack`, in every language, as people type them. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCapture } from "@coven/engine";
import { readArchive } from "@coven/package";
import { drivers, factsOf, platformPaths } from "@coven/pps";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { House, root, until } from "./testing/house.ts";

const house = new House();
const at = (path: string) => join(house.folder, path);
beforeAll(async () => {
  house.build();
  expect(await house.coven("init", "sample")).toMatchObject({ code: 0 });
});
afterAll(() => house.remove());

const sample = "sample/sample.pcap";
const frames = (file: string) => [...readCapture(at(file))].map(({ bytes }) => Buffer.from(bytes).toString("hex"));

const drops: Record<string, string> = {
  "drops.ts": 'import { counter, run, Verdict } from "@coven/sdk";\nimport { port } from "./port.ts";\nconst seen: { add(n: number): void } = counter("seen");\nrun((packet) => {\n  seen.add(1);\n  return packet.length > 37 && packet.u16(36) === port ? Verdict.drop : Verdict.forward;\n});\n',
  "port.ts": "export const port = 8080;\n",
  "drops.js": 'import { counter, run, Verdict } from "@coven/sdk";\nconst seen = counter("seen");\nrun((packet) => {\n  seen.add(1);\n  return packet.length > 37 && packet.u16(36) === 8080 ? Verdict.drop : Verdict.forward;\n});\n',
  "drops.py": 'from coven import Verdict, counter, run\nimport port\nseen = counter("seen")\n\n@run\ndef drops(packet):\n    seen.add(1)\n    return Verdict.DROP if packet.length > 37 and packet.u16(36) == port.PORT else Verdict.FORWARD\n',
  "port.py": "PORT = 8080\n",
  "unrelated.py": "this is = = not Python\n",
  "drops.c": '#include "port.h"\n#include <coven/nf.h>\nCOVEN_COUNTER(seen, "", "");\nstatic coven_verdict drops(coven_packet *packet, void *state) {\n    (void)state;\n    coven_add(&seen, 1);\n    return packet->length > 37 && (packet->data[36] << 8 | packet->data[37]) == PORT ? COVEN_DROP : COVEN_FORWARD;\n}\nint main(void) { return coven_run(drops, 0); }\n',
  "port.h": "#define PORT 8080\n",
};
drops["drops.cpp"] = drops["drops.c"] as string;

describe("coven run", () => {
  beforeAll(() => void house.write("code", drops));

  it.each(["drops.ts", "drops.js", "drops.py", "drops.c", "drops.cpp"])("%s runs by itself, without a daemon, and leaves nothing", async (file) => {
    mkdirSync(at("tmp"), { recursive: true });
    const { code, stdout, stderr } = await house.begin(["run", `code/${file}`, "--in", sample, "--out", `${file}.pcap`], { TMPDIR: at("tmp") }).ended;
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`^code/${file}: 8 packets in, 5 out, 3 dropped \\(component 3\\)\nITEM .*\nseen +8$`, "m"));
    const all = frames(sample);
    expect(frames(`${file}.pcap`)).toEqual([all[0], all[1], all[2], all[5], all[7]]);
    expect(readdirSync(at("tmp"))).toEqual([]);
  });

  it("gives the statistics as JSON, and the context that is asked for", async () => {
    house.write("code", { "context.js": 'import { gauge, run, Verdict } from "@coven/sdk";\nconst sum = gauge("sum");\nrun((packet) => {\n  sum.set(sum.value + packet.context.u8(0) * 256 + packet.context.u8(1));\n  return Verdict.forward;\n});\n' });
    const { statistics, items, ended } = await house.json("run", "code/context.js", "--in", sample, "--context", "0102");
    expect(statistics).toMatchObject({ received: 8, transmitted: 8, in_flight: 0, dropped: {}, components: [{ name: "context", counters: { packets_in: 8, packets_out: 8 } }] });
    expect(items.context).toMatchObject([{ name: "sum", value: 8 * 258 }]);
    expect(ended).toEqual({});
  });

  it("takes what the package around the file says of it, and tells where that is wrong", async () => {
    const component = "components: { filter: { framework: python, outputs: [aside], settings: { limit: 3 } } }";
    house.write("around", {
      "vnf.yaml": `vnf: around\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\n${component}\npaths: { up: lan -> filter -> wan, other: filter.aside -> wan }\n`,
      "filter/main.py": 'from coven import Verdict, run, setting\naside = Verdict.to("aside")\nlimit = setting("limit", 0)\n\n@run\ndef filter(packet):\n    return aside if limit.value == 3 else Verdict.DROP\n',
    });
    const { statistics, items } = await house.json("run", "around/filter/main.py", "--in", sample, "--out", "around.pcap");
    expect([statistics.transmitted, statistics.dropped, items.main[0].value, frames("around.pcap")]).toEqual([8, {}, 3, []]);
    house.write("around", { "vnf.yaml": "vnf: around\nversion: [\n" });
    const { code, stderr } = await house.coven("run", "around/filter/main.py", "--in", sample);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/around\/vnf\.yaml:\d+:\d+: /)]);
  });

  const faults: [name: string, file: string, content: string, where: RegExp][] = [
    ["TypeScript that does not compile", "bad.ts", "let a = 1;\nlet b = = 2;\n", /code\/bad\.ts:2:9: Unexpected "="/],
    ["Python that does not compile", "bad.py", "a = 1\nb = = 2\n", /code\/bad\.py:2:5: invalid syntax/],
    ["C that does not compile", "bad.c", "int main(void) {\n    return nothing;\n}\n", /code\/bad\.c:2:12: error: .*nothing/],
    ["TypeScript that throws", "throws.ts", 'import { run } from "@coven/sdk";\n\nrun((packet) => {\n  throw new Error(`no ${packet.length}`);\n});\n', /Error: no \d+ \(code\/throws\.ts:4\); the packet is dropped.*\n +at .*code\/throws\.ts:4:9/],
    ["Python that raises", "raises.py", "from coven import run\n\n@run\ndef fails(packet):\n    return packet.nothing\n", /File "code\/raises\.py", line 5, in fails[\s\S]*AttributeError/],
    ["code that ends before it begins", "dies.js", '\nthrow new Error("not today");\n', /code\/dies\.js:2[\s\S]*coven: component dies ended at once \(exit 1\): Error: not today/],
  ];
  it.each(faults)("%s is told with file and line, and ends with 1", async (_, file, content, where) => {
    house.write("code", { [file]: content });
    const { code, stderr } = await house.coven("run", `code/${file}`, "--in", sample);
    expect(stderr).toMatch(where);
    expect(code).toBe(1);
  });

  it("counts on when the code crashes on the way, and says how it ended", async () => {
    house.write("code", { "crash.c": '#include <coven/nf.h>\n#include <stdlib.h>\nstatic coven_verdict crash(coven_packet *p, void *s) { (void)p, (void)s; abort(); }\nint main(void) { return coven_run(crash, 0); }\n' });
    const { code, stdout } = await house.coven("run", "code/crash.c", "--in", sample);
    expect(stdout).toMatch(/8 packets in, 0 out, 8 dropped \(component_crashed 8\)[\s\S]*component crash ended before its time: killed by SIGABRT/);
    expect(code).toBe(1);
  });

  it.each([
    [["code/drops.py"], 2, /--in FILE is missing/],
    [["code/port.h", "--in", sample], 2, /code\/port\.h: its name should end in \.ts/],
    [["code/none.py", "--in", sample], 1, /there is no file code\/none\.py/],
    [["code/drops.py", "--in", "none.pcap"], 1, /none\.pcap/],
    [["code/drops.py", "--in", "code/port.py"], 1, /no pcap or pcapng file/],
    [["code/drops.py", "--in", sample, "--context", "xyz"], 2, /--context xyz/],
  ])("%j ends with %i and says why", async (args, expected, why) => {
    const { code, stderr } = await house.coven("run", ...args);
    expect(stderr).toMatch(why);
    expect(code).toBe(expected);
  });

  it("ends with an interruption, and leaves no process", async () => {
    house.write("code", { "loops.js": 'import { run } from "@coven/sdk";\nconsole.log(process.pid);\nrun(() => { for (;;); });\n' });
    const { child, ended } = house.begin(["run", "code/loops.js", "--in", sample]);
    let told = "";
    child.stderr?.on("data", (text) => (told += text));
    await until(() => /^\d+$/m.test(told));
    child.kill("SIGINT");
    expect((await ended).code).toBe(1);
    // It may be there as a zombie, until init looks.
    expect(factsOf(Number(/^\d+$/m.exec(told)?.[0]))?.state ?? "Z").toMatch(/[ZX]/);
  });
});

/** By the name that --lang takes. */
const frameworks = { ts: "typescript", js: "javascript", python: "python", c: "c", cpp: "cpp", java: "java", rust: "rust" } as const;
const begun: string[] = [];
for (const [lang, framework] of Object.entries(frameworks)) {
  const { usable, reason } = await drivers(platformPaths())[framework].fingerprint();
  if (usable) begun.push(lang);
  else console.log(`SKIP coven init --lang ${lang}: ${reason}`);
}

describe.each(begun)("coven init --lang %s", (lang) => {
  const name = `begun-${lang}`;
  beforeAll(async () => {
    expect(await house.coven("init", name, "--lang", lang)).toMatchObject({ code: 0, stderr: "" });
  });

  it("gives a package whose name is the one asked for, everywhere", () => {
    const texts = readdirSync(at(name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith(".pcap")).map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    expect(texts.join("")).not.toMatch(/@[A-Z]+@/);
    expect(readFileSync(join(at(name), "vnf.yaml"), "utf8")).toContain(`vnf: ${name}`);
  });

  it("is sound, and its own test passes", async () => {
    expect(await house.coven("validate", name)).toMatchObject({ code: 0, stdout: expect.stringContaining(`${name} 0.1.0 is sound`) });
    house.write("bin", { coven: `#!/bin/sh\nCOVEN_HOME=${root} exec ${process.execPath} ${join(house.dist, "coven.js")} "$@"\n` });
    chmodSync(at("bin/coven"), 0o755);
    execFileSync("make", ["-s", "test"], { cwd: at(name), stdio: "pipe", env: { ...process.env, NODE_TEST_CONTEXT: "", PATH: `${at("bin")}:${process.env.PATH}` } });
  });

  it("runs as a package and as one file, with its setting", async () => {
    const { statistics, items } = await house.json("dev", name, "--in", `${name}/sample.pcap`, "--once", "--set", "components.filter.settings.port=443");
    expect(statistics).toMatchObject({ received: 8, transmitted: 7, dropped: { component: 1 }, components: [{ counters: { errors: 0 } }] });
    expect(items.filter).toEqual(expect.arrayContaining([expect.objectContaining({ name: "port", value: 443 }), expect.objectContaining({ name: "dropped", value: 1 })]));
    const main = readdirSync(join(at(name), "filter")).find((file) => /^main\./i.test(file));
    const alone = await house.json("run", `${name}/filter/${main}`, "--in", `${name}/sample.pcap`, "--out", `${name}.pcap`);
    expect(alone.statistics).toMatchObject({ received: 8, transmitted: 7, dropped: { component: 1 }, components: [{ counters: { errors: 0 } }] });
    const all = frames(sample);
    expect(frames(`${name}.pcap`)).toEqual([all[0], all[1], all[2], all[5], all[7]]);
  });

  it("packs, and what is packed is the package", async () => {
    expect((await house.coven("pack", name, "-o", `${name}.zip`)).code).toBe(0);
    expect(await house.coven("validate", `${name}.zip`)).toMatchObject({ code: 0, stdout: expect.stringContaining(`${name} 0.1.0 is sound`) });
    await readArchive(at(`${name}.zip`), at(`${name}-unpacked`));
    expect(readFileSync(at(`${name}-unpacked/vnf.yaml`), "utf8")).toBe(readFileSync(at(`${name}/vnf.yaml`), "utf8"));
  });
});

test.each([
  [["init", "sample"], 1, /there is something at sample already/],
  [["init", "Sample"], 2, /a VNF's name is a small letter/],
  [["init", "other", "--lang", "cobol"], 2, /templates in ts, js, python, c, cpp, java, rust/],
  [["pack", "nowhere"], 1, /there is no package at nowhere/],
  [["pack", "sample", "-o", "sample/x.zip"], 2, /lies in the folder that it is made of/],
  [["dev", "nowhere"], 1, /there is no folder nowhere/],
])("%j ends with %i and says why", async (args, expected, why) => {
  const { code, stderr } = await house.coven(...args);
  expect(stderr).toMatch(why);
  expect(code).toBe(expected);
});

test("coven dev runs again at each save, and shows what is wrong with the code until it is right", async () => {
  expect((await house.coven("init", "watched", "--lang", "python")).code).toBe(0);
  const main = at("watched/filter/main.py");
  const [good, descriptor] = [main, at("watched/vnf.yaml")].map((file) => readFileSync(file, "utf8")) as [string, string];
  const { child, ended } = house.begin(["dev", "watched", "--in", "watched/sample.pcap"]);
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (told += text));
  const next = async (expected: RegExp) => {
    await until(() => expected.test(told) && /waiting for a change/.test(told));
    told = "";
  };
  await next(/watched: 8 packets in, 7 out, 1 dropped/);
  writeFileSync(main, good.replace("8080", "53"));
  rmSync(at("watched/vnf.yaml"));
  writeFileSync(at("watched/vnf.yaml"), descriptor.replace(/ +settings: .*\n/, ""));
  await next(/watched: 8 packets in, 8 out, 0 dropped/);
  writeFileSync(main, good.replace("port =", "port = ="));
  await next(/failed.*filter\/main\.py:\d+:\d+: invalid syntax/);
  writeFileSync(main, good);
  await next(/watched: 8 packets in, 7 out, 1 dropped/);
  child.kill("SIGINT");
  expect((await ended).code).toBe(0);
});
