import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { cppDriver } from "./driver.ts";

// The real headers and an empty library: these tests are about the driver, which asks of the SDK only that it can be linked.
const scratch = mkdtempSync(join(tmpdir(), "sdk-"));
mkdirSync(join(scratch, "build"));
symlinkSync(join(platformPaths().sdkC, "include"), join(scratch, "include"));
execFileSync("ar", ["rcs", join(scratch, "build/libcoven.a")]);
const driver = () => cppDriver({ ...platformPaths(), sdkC: scratch });
afterAll(() => rmSync(scratch, { recursive: true }));

const { usable, reason } = await driver().fingerprint();
if (!usable) console.log(`SKIP driver cpp: ${reason}`);

const main = (onTerm: string) => `
#include <coven/layout.h>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>
extern const std::string word;
static volatile std::sig_atomic_t over;
static void term(int) { over = 1; }
int main() {
    std::signal(SIGTERM, ${onTerm});
    std::cout << std::getenv("COVEN_NAME") << std::endl;
    while (!over) usleep(1000);
    std::cout << word << std::endl;
}
`;
const word = '#include <string>\nextern const std::string word;\nconst std::string word = "bye";\n';

describe.runIf(usable)("framework cpp", () => {
  driverConformance({
    driver,
    component: { framework: "cpp" },
    good: { "main.cc": main("term"), "word.cpp": word },
    stubborn: { "main.cc": main("SIG_IGN"), "word.cpp": word },
    broken: { "main.cpp": "int main() {\n    return nothing;\n}\n" },
    where: /component subject does not compile: source\/main\.cpp:2:12: error: .*nothing/,
  });
});
