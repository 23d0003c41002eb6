import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { hostArchitecture } from "./artifact.ts";
import { cDriver } from "./driver.ts";

// The real headers and an empty library: these tests are about the driver, which asks of the SDK only that it can be linked.
const scratch = mkdtempSync(join(tmpdir(), "sdk-"));
mkdirSync(join(scratch, "build"));
symlinkSync(join(platformPaths().sdkC, "include"), join(scratch, "include"));
execFileSync("ar", ["rcs", join(scratch, "build/libcoven.a")]);
const driver = () => cDriver({ ...platformPaths(), sdkC: scratch });
afterAll(() => rmSync(scratch, { recursive: true }));

const main = (onTerm: string) => `
#include <coven/layout.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
extern const char *word;
static volatile sig_atomic_t over;
static void term(int number) { (void)number; over = 1; }
int main(void) {
    signal(SIGTERM, ${onTerm});
    puts(getenv("COVEN_NAME"));
    fflush(stdout);
    while (!over) usleep(1000);
    puts(word);
    return 0;
}
`;
const word = 'const char *word = "bye";\n';

driverConformance({
  driver,
  component: { framework: "c" },
  good: { "main.c": main("term"), "word.c": word },
  stubborn: { "main.c": main("SIG_IGN"), "word.c": word },
  broken: { "main.c": "int main(void) {\n    return nothing;\n}\n" },
  where: /component subject does not compile: source\/main\.c:2:12: error: .*nothing/,
});

describe("prebuilt artifacts", () => {
  const pack = mkdtempSync(join(tmpdir(), "pack-"));
  const prepare = (artifact: { x86_64?: string; aarch64?: string }) => driver().prepare({ framework: "c", artifact }, "filter", pack, scratch);
  afterAll(() => rmSync(pack, { recursive: true }));

  test("one for this host runs as it is", async () => {
    writeFileSync(join(pack, "filter"), readFileSync("/bin/true"));
    chmodSync(join(pack, "filter"), 0o600);
    const prepared = await prepare({ [hostArchitecture()]: "filter" });
    expect(execFileSync(prepared.command[0] as string).length).toBe(0);
  });

  test("one for another machine is refused, by what the file says", async () => {
    const other = readFileSync("/bin/true");
    other.writeUInt16LE(hostArchitecture() === "x86_64" ? 183 : 62, 18);
    writeFileSync(join(pack, "other"), other);
    await expect(prepare({ [hostArchitecture()]: "other" })).rejects.toThrow(/other: is a program for (aarch64|x86_64), this host is/);
  });

  test("none for this architecture: says which there are", async () => {
    const [mine, other] = hostArchitecture() === "x86_64" ? ["x86_64", "aarch64"] : ["aarch64", "x86_64"];
    await expect(prepare({ [other as string]: "filter" })).rejects.toThrow(`no artifact for this host's architecture, ${mine}; the package has ${other}`);
  });

  test("a missing function is told by its name", async () => {
    const source = mkdtempSync(join(tmpdir(), "pps-"));
    writeFileSync(join(source, "main.c"), "int absent(void);\nint main(void) { return absent(); }\n");
    await expect(driver().prepare({ framework: "c" }, "filter", source, scratch)).rejects.toThrow(/undefined reference to [`']absent'/);
    rmSync(source, { recursive: true });
  });
});
