/** A framework that COVEN does not know, by its folder alone: through the suite of every driver, the platform, and a pair with a component in C. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PpsDriver } from "@coven/contract";
import { outsideDrivers, platformPaths } from "@coven/pps";
import { driverConformance } from "@coven/pps/driver.conformance";
import { archiveOf, type Frame, Platform, readCapture, root, udp, writeCapture, zipOf } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = join(root, "examples/frameworks/lua");
process.env.COVEN_FRAMEWORKS = folder;
const driver = () => outsideDrivers(platformPaths()).lua as PpsDriver;
const { usable, reason } = await driver().fingerprint();
if (!usable) console.log(`SKIP framework lua: ${reason}`);

describe.runIf(usable)("lua", () => {
  driverConformance({
    driver,
    component: { framework: "lua" },
    good: { "main.lua": "print(coven.name)\nwhile not coven.ended() do coven.sleep(1) end\nprint(require('word'))\n", "word.lua": "return 'bye'\n" },
    stubborn: { "main.lua": "print(coven.name)\nwhile true do coven.sleep(1000) end\n" },
    broken: { "main.lua": "local a = 1\nlocal b = = 2\n" },
    where: /component subject does not compile: source\/main\.lua:2: unexpected symbol near '='/,
  });
});

const count = 100;
const client = { mac: "02:00:00:00:01:01", ip: "198.51.100.9" };
const server = { mac: "02:00:00:00:02:01", ip: "203.0.113.9" };
const packets = (from: typeof client, to: typeof client): Frame[] =>
  Array.from({ length: count }, (_, n) => ({ time_ns: BigInt(n), bytes: udp({ ...from, port: 4000 }, { ...to, port: n % 5 === 0 ? 7 : 9 }, Buffer.alloc(30 + n, n)) }));
const hex = (frames: Frame[]) => frames.map((frame) => frame.bytes.toString("hex"));

describe.runIf(usable)("lua on the platform", () => {
  const platform = new Platform([], { COVEN_FRAMEWORKS: folder });
  const file = (name: string) => join(platform.folder, name);
  const [up, down] = [packets(client, server), packets(server, client)];
  const ports = {
    lan: { backend: "pcap" as const, in: file("up.pcap"), out: file("down-out.pcap"), rate: 2000 },
    wan: { backend: "pcap" as const, in: file("down.pcap"), out: file("up-out.pcap"), rate: 2000 },
  };
  beforeAll(async () => {
    await platform.up();
    writeCapture(file("up.pcap"), up);
    writeCapture(file("down.pcap"), down);
  });
  afterAll(() => platform.remove());

  async function through(archive: Buffer) {
    const { instance } = await platform.deploy(archive, "lua", ports);
    await platform.replayed(instance, "lan", 20_000);
    const now = await platform.replayed(instance, "wan", 20_000);
    const agents = await platform.agents(instance);
    await platform.undeploy(instance);
    return { now, values: (name: string) => Object.fromEntries(agents.find(({ component }) => component === name)?.items.map((item) => [item.name, item.value]) ?? []) };
  }

  it("runs the example: packets, verdicts, a counter of its agent", async () => {
    const { now, values } = await through(await archiveOf(join(folder, "example")));
    expect(now).toMatchObject({ received: 2 * count, transmitted: 1.6 * count, dropped: { component: 0.4 * count } });
    expect(values("filter")).toEqual({ dropped: 0.4 * count });
    expect(hex(readCapture(file("up-out.pcap")))).toEqual(hex(up.filter((_, n) => n % 5 !== 0)));
  });

  it("shares the context with a component in C, both ways", async () => {
    const script = `local written, matched, mismatched = coven.counter("written"), coven.counter("matched"), coven.counter("mismatched")
coven.run(function(packet)
    local first, same = packet:context(15) == 0, true
    for i = 0, 15 do
        local expected = i == 15 and 1 or (packet:u8(14 + i) + i) % 256
        if first then packet:context(i, expected) else same = same and packet:context(i) == expected end
    end
    (first and written or same and matched or mismatched):add(1)
end)\n`;
    const text = readFileSync(join(root, "conformance/pair/vnf.yaml"), "utf8").replace("a: { framework: c, source: pair-c/", "a: { framework: lua, source: pair-lua/");
    const { now, values } = await through(zipOf([["vnf.yaml", text], ["pair-lua/main.lua", script], ["pair-c/main.c", readFileSync(join(root, "conformance/pair/pair-c/main.c"))]]));
    expect(now.dropped).toEqual({});
    expect([hex(readCapture(file("up-out.pcap"))), hex(readCapture(file("down-out.pcap")))]).toEqual([hex(up), hex(down)]);
    for (const name of ["a", "b"]) expect(values(name)).toEqual({ written: count, matched: count, mismatched: 0 });
  });

  it("is known to the command line, with its folder and not without", () => {
    const coven = (...words: string[]) => execFileSync(join(root, "bin/coven"), words, { env: platform.environment, encoding: "utf8" });
    expect(coven("validate", join(folder, "example"))).toContain("lua 1.0.0 is sound");
    expect(coven("doctor")).toMatch(/framework lua\s+Lua 5/);
    const without = { ...platform.environment, COVEN_FRAMEWORKS: "" };
    expect(() => execFileSync(join(root, "bin/coven"), ["validate", join(folder, "example")], { env: without, encoding: "utf8", stdio: "pipe" })).toThrow(/asks for framework lua; known are/);
  });
});
