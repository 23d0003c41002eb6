import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { clickDriver } from "./driver.ts";

// Stands in for the adapter, but where Click is only tried: these tests are about the driver. The adapter needs a channel; examples/netdev has one.
const scratch = mkdtempSync(join(tmpdir(), "pps-"));
const program = (name: string, script: string) => {
  const file = join(scratch, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o700);
  return file;
};
const netdev = program("adapter", `[ "$1" = --try ] && exec ${platformPaths().netdev} "$@"\nshift 3\nexec "$@"`);
const driver = () => clickDriver({ ...platformPaths(), netdev });
afterAll(() => rmSync(scratch, { recursive: true }));

const { usable, reason } = await driver().fingerprint();
if (!usable) console.log(`SKIP driver click: ${reason}`);

describe.runIf(usable)("framework click", () => {
  driverConformance({
    driver,
    component: { framework: "click" },
    good: { "main.click": 'DriverManager(print "subject", pause, print "bye");\n' },
    stubborn: { "main.click": 'DriverManager(print "subject", label again, pause, goto again);\n' },
    broken: { "main.click": "FromDevice(in) -> Discard;\nFromDevice(elsewhere) -> Nonsense;\n" },
    where: /component subject does not compile: source\/main\.click:2: .*Nonsense/,
  });
});

describe("which click it is", () => {
  const before = process.env.COVEN_CLICK;
  afterEach(() => {
    if (before === undefined) delete process.env.COVEN_CLICK;
    else process.env.COVEN_CLICK = before;
  });
  const fingerprint = (file: string) => {
    process.env.COVEN_CLICK = file;
    return driver().fingerprint();
  };
  test("the modular router, by what it says of its version", async () => {
    expect((await fingerprint(program("real", "echo 'click (Click) 2.1'; echo 'Copyright (C) 1999-2001 Massachusetts Institute of Technology'"))).version ?? reason).toMatch(/^2\.1$|adapter|tun|namespaces/);
  });
  test.each([
    ["Debian's tool for Click packages", "echo 'usage: click COMMAND [ARG]...'; echo 'click: no such option: --version' >&2; exit 2"],
    ["a program of Python's library", "echo 'click, version 8.1.7'"],
    ["one that says nothing", "exit 0"],
  ])("not %s", async (_, script) => {
    expect(await fingerprint(program("other", script))).toMatchObject({ usable: false, version: null, reason: expect.stringContaining("is another program of that name") });
  });
  test("none at all", async () => {
    expect(await fingerprint(join(scratch, "nothing"))).toMatchObject({ usable: false, reason: expect.stringContaining("there is no Click") });
  });
});
