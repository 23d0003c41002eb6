import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Component } from "@coven/contract";
import { afterAll, describe, expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { adapterCommand } from "./adapter.ts";
import { netdevDriver } from "./driver.ts";

// Stands in for the adapter: these tests are about the driver. The adapter needs a channel; examples/netdev has one.
const scratch = mkdtempSync(join(tmpdir(), "pps-"));
const netdev = join(scratch, "adapter");
writeFileSync(netdev, `#!/bin/sh\n[ "$1" = --try ] && exec ${platformPaths().netdev} "$@"\nshift 2\nexec "$@"\n`);
chmodSync(netdev, 0o700);
afterAll(() => rmSync(scratch, { recursive: true }));
const driver = () => netdevDriver({ ...platformPaths(), netdev });

const { usable, reason } = await driver().fingerprint();
if (!usable) console.log(`SKIP driver netdev: ${reason}`);

const program = (onTerm: string) => `
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static volatile sig_atomic_t over;
static void term(int number) { (void)number; over = 1; }
int main(void) {
    signal(SIGTERM, ${onTerm});
    puts(getenv("COVEN_NAME"));
    fflush(stdout);
    while (!over) usleep(1000);
    puts("bye");
    return 0;
}
`;

describe.runIf(usable)("framework netdev", () => {
  driverConformance({
    driver,
    component: { framework: "netdev", build: ["cc", "-o", "{out}/program", "program.c"], command: ["{out}/program"] },
    good: { "program.c": program("term") },
    stubborn: { "program.c": program("SIG_IGN") },
    broken: { "program.c": "int main(void) {\n    return nothing;\n}\n" },
    where: /component subject does not compile: source\/program\.c:2:12: error: .*nothing/,
  });
});

describe("what a netdev component runs", () => {
  const source = mkdtempSync(join(tmpdir(), "source-"));
  afterAll(() => rmSync(source, { recursive: true }));
  const prepare = (component: Partial<Component>) => driver().prepare({ framework: "netdev", ...component }, "subject", source, scratch);

  test("lists of words after their number, the package's own programs by their path", async () => {
    mkdirSync(join(source, "bin"));
    writeFileSync(join(source, "bin/own"), "");
    const prepared = await prepare({ setup: ["sh", "a b", "{out}/x"], command: ["bin/own", "{arch}"], tap: true });
    expect(prepared.command).toEqual([netdev, "--tap", "--setup", "3", "sh", "a b", `${scratch}/x`, "--command", "2", join(source, "bin/own"), process.arch === "x64" ? "x86_64" : "aarch64"]);
    expect((await prepare({ command: ["bin/own"], context: "opaque" })).command).toEqual([netdev, "--nsh", "--command", "1", join(source, "bin/own")]);
    expect(adapterCommand("a", { command: ["x"], handlers: true })).toEqual(["a", "--handlers", "--command", "1", "x"]);
  });

  test("a program that there is not is refused by its name", async () => {
    await expect(prepare({ command: ["no-such-program-as-this"] })).rejects.toThrow("there is no program no-such-program-as-this, neither in the package nor on this host's PATH");
  });

  test("says what the host lacks", async () => {
    expect(await netdevDriver({ ...platformPaths(), netdev: "/nowhere" }).fingerprint()).toMatchObject({ usable: false, reason: "the adapter is not built: there is no /nowhere" });
    const none = join(scratch, "none");
    writeFileSync(none, "#!/bin/sh\necho 'component: no network namespace is to be had' >&2\nexit 1\n", { mode: 0o700 });
    expect(await netdevDriver({ ...platformPaths(), netdev: none }).fingerprint()).toMatchObject({ usable: false, reason: "no network namespace is to be had" });
  });
});
