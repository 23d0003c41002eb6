import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { nodeDriver } from "./driver.ts";

// Stands in for the SDK: these tests are about the driver, which asks of it only that it can be bundled.
const sdkNode = mkdtempSync(join(tmpdir(), "sdk-"));
for (const folder of ["src", "build"]) mkdirSync(join(sdkNode, folder));
writeFileSync(join(sdkNode, "src/index.ts"), "export const name: string = process.env.COVEN_NAME!;");
writeFileSync(join(sdkNode, "build/coven.node"), "");
afterAll(() => rmSync(sdkNode, { recursive: true }));

const program = (onTerm: string) => `
import { name } from "@coven/sdk";
import { stay } from "./stay";
process.on("SIGTERM", () => { ${onTerm} });
stay();
console.log(name);
`;
const stay = "export const stay = () => { setInterval(() => {}, 1000); };";

driverConformance({
  driver: () => nodeDriver("typescript", { ...platformPaths(), sdkNode }),
  component: { framework: "typescript" },
  good: { "main.ts": program('console.log("bye"); process.exit(0);'), "stay.ts": stay },
  stubborn: { "main.ts": program(""), "stay.ts": stay },
  broken: { "main.ts": "let a = 1;\nlet b = = 2;\n" },
  where: /source\/main\.ts:2:9: Unexpected "="/,
});

driverConformance({
  driver: () => nodeDriver("javascript", { ...platformPaths(), sdkNode }),
  component: { framework: "javascript", source: "filter/" },
  good: { "main.js": program('console.log("bye"); process.exit(0);'), "stay.js": stay },
  stubborn: { "main.js": program(""), "stay.js": stay },
  broken: { "main.js": 'import "./missing.js";\n' },
  where: /filter\/main\.js:1:8: Could not resolve "\.\/missing\.js"/,
});

test("an uncaught error names the line of the source, not of the bundle", async () => {
  const { spawnSync } = await import("node:child_process");
  const folder = mkdtempSync(join(tmpdir(), "pps-"));
  writeFileSync(join(folder, "main.ts"), "type A = number;\n\nconst a: A = 1;\nthrow new Error(`a is ${a}`);\n");
  const prepared = await nodeDriver("typescript", { ...platformPaths(), sdkNode }).prepare({ framework: "typescript" }, "subject", folder, folder);
  const [command, ...words] = prepared.command as [string, ...string[]];
  expect(spawnSync(command, words, { encoding: "utf8" }).stderr).toMatch(/main\.ts:4:7/);
  rmSync(folder, { recursive: true });
});
