import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { pythonDriver } from "./driver.ts";

// Stands in for the SDK: these tests are about the driver, which asks of it only that it can be imported.
const sdkPython = mkdtempSync(join(tmpdir(), "sdk-"));
mkdirSync(join(sdkPython, "coven"));
writeFileSync(join(sdkPython, "coven/__init__.py"), "");
afterAll(() => rmSync(sdkPython, { recursive: true }));

const program = (onTerm: string) => `
import coven, os, signal, sys, time
signal.signal(signal.SIGTERM, ${onTerm})
print(os.environ["COVEN_NAME"])
while True: time.sleep(1)
`;

driverConformance({
  driver: () => pythonDriver({ ...platformPaths(), sdkPython }),
  component: { framework: "python" },
  good: { "main.py": program('lambda *_: sys.exit(print("bye"))') },
  stubborn: { "main.py": program("signal.SIG_IGN") },
  broken: { "main.py": "import helper\n", "lib/helper.py": "x = 1\ndef broken(:\n  pass\n" },
  where: /component subject does not compile: source\/lib\/helper\.py:2:12: invalid syntax/,
});

test("says why the SDK cannot be used", async () => {
  const found = await pythonDriver({ ...platformPaths(), sdkPython: "/nowhere" }).fingerprint();
  expect(found).toMatchObject({ usable: false, reason: expect.stringMatching(/cannot import coven from \/nowhere: ModuleNotFoundError/) });
});
