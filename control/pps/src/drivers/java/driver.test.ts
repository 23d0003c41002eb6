import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { javaDriver } from "./driver.ts";

// Stands in for the SDK: these tests are about the driver, which asks of it only that it is on the class path.
const scratch = mkdtempSync(join(tmpdir(), "sdk-"));
const sdkJava = join(scratch, "coven-sdk.jar");
writeFileSync(sdkJava, Buffer.from("504b0506000000000000000000000000000000000000", "hex"));
const driver = () => javaDriver({ ...platformPaths(), sdkJava });
afterAll(() => rmSync(scratch, { recursive: true }));

const { usable, reason } = await driver().fingerprint();
if (!usable) console.log(`SKIP driver java: ${reason}`);

const main = (onTerm: string) => `
package net;
public final class Main {
    public static void main(String[] arguments) throws Exception {
        sun.misc.Signal.handle(new sun.misc.Signal("TERM"), signal -> { ${onTerm} });
        System.out.println(System.getenv("COVEN_NAME"));
        Thread.sleep(Long.MAX_VALUE);
    }
}
`;
const word = 'package net;\nfinal class Word { static final String BYE = "bye"; }\n';

describe.runIf(usable)("framework java", () => {
  driverConformance({
    driver,
    component: { framework: "java", entry: "net/Main.java" },
    good: { "net/Main.java": main("System.out.println(Word.BYE); System.exit(0);"), "net/Word.java": word },
    stubborn: { "net/Main.java": main(""), "net/Word.java": word },
    broken: { "net/Main.java": "package net;\nclass Main {\n    int x = nothing;\n}\n" },
    where: /component subject does not compile: source\/net\/Main\.java:3: error: cannot find symbol/,
  });

  const prepare = (files: Record<string, string>, entry?: string) => {
    const source = mkdtempSync(join(scratch, "source-"));
    mkdirSync(join(source, "prepared"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(source, name), text);
    return driver().prepare({ framework: "java", ...(entry ? { entry } : {}) }, "subject", source, join(source, "prepared"));
  };

  test("the entry is Main.java, in no package, unless it is named", async () => {
    const { command } = await prepare({ "Main.java": 'class Main { public static void main(String[] a) { System.out.print("here"); } }' });
    expect(execFileSync(command[0] as string, command.slice(1), { encoding: "utf8" })).toBe("here");
  });

  test("an entry that is not there, or holds no such class, is told", async () => {
    await expect(prepare({ "Other.java": "class Other {}" })).rejects.toThrow(/Main\.java: there is no such file/);
    await expect(prepare({ "Main.java": "class Other {}" })).rejects.toThrow(/Main\.java: holds no class Main/);
  });
});

test("says why the SDK cannot be used", async () => {
  expect(await javaDriver({ ...platformPaths(), sdkJava: "/nowhere.jar" }).fingerprint()).toMatchObject({ usable: false, reason: expect.stringMatching(/nowhere\.jar|no Java compiler|is needed/) });
});
