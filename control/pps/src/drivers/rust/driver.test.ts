import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { driverConformance } from "../../driver.conformance.ts";
import { platformPaths } from "../../paths.ts";
import { rustDriver } from "./driver.ts";

// Stands in for the SDK: these tests are about the driver, which asks of it only that it can be linked.
const sdkRust = mkdtempSync(join(tmpdir(), "sdk-"));
for (const folder of ["src", "build"]) mkdirSync(join(sdkRust, folder));
writeFileSync(join(sdkRust, "src/lib.rs"), "pub fn name() -> String { std::env::var(\"COVEN_NAME\").unwrap_or_default() }");
writeFileSync(join(sdkRust, "Cargo.toml"), '[package]\nname = "coven"\nversion = "1.0.0"\nedition = "2021"\n');
const hasCompiler = spawnSync("rustc", ["--version"]).status === 0;
if (hasCompiler) {
  execFileSync("rustc", ["--edition", "2021", "--crate-type", "rlib", "--crate-name", "coven", "-o", join(sdkRust, "build/libcoven.rlib"), join(sdkRust, "src/lib.rs")]);
  writeFileSync(join(sdkRust, "build/rustc"), execFileSync("rustc", ["--version"]));
}
const driver = () => rustDriver({ ...platformPaths(), sdkRust });
afterAll(() => rmSync(sdkRust, { recursive: true }));

const { usable, reason } = await driver().fingerprint();
if (!usable) console.log(`SKIP driver rust: ${reason}`);

const main = (onTerm: string) => `
mod word;
use std::sync::atomic::{AtomicBool, Ordering};
static OVER: AtomicBool = AtomicBool::new(false);
extern "C" fn term(_: i32) { OVER.store(${onTerm}, Ordering::Relaxed); }
extern "C" { fn signal(number: i32, handler: extern "C" fn(i32)) -> usize; }
fn main() {
    unsafe { signal(15, term) };
    println!("{}", coven::name());
    while !OVER.load(Ordering::Relaxed) { std::thread::sleep(std::time::Duration::from_millis(1)); }
    println!("{}", word::WORD);
}
`;
const word = 'pub const WORD: &str = "bye";\n';
const manifest = '[package]\nname = "any"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ncoven = "1"\n';

describe.runIf(usable)("framework rust, a main.rs", () => {
  driverConformance({
    driver,
    component: { framework: "rust" },
    good: { "main.rs": main("true"), "word.rs": word },
    stubborn: { "main.rs": main("false"), "word.rs": word },
    broken: { "main.rs": "fn main() {\n    nothing();\n}\n" },
    where: /component subject does not compile: source\/main\.rs:2:5: error\[E0425\].*nothing/,
  });
});

describe.runIf(usable)("framework rust, a crate", () => {
  driverConformance({
    driver,
    component: { framework: "rust", source: "filter/" },
    good: { "Cargo.toml": manifest, "src/main.rs": main("true"), "src/word.rs": word },
    stubborn: { "Cargo.toml": manifest, "src/main.rs": main("false"), "src/word.rs": word },
    broken: { "Cargo.toml": manifest, "src/main.rs": "fn main() {\n    nothing();\n}\n" },
    where: /component subject does not compile: filter\/src\/main\.rs:2:5: error\[E0425\].*nothing/,
  });

  test("a dependency that is not on this host is named", async () => {
    const source = mkdtempSync(join(sdkRust, "source-"));
    for (const folder of ["src", "prepared"]) mkdirSync(join(source, folder));
    writeFileSync(join(source, "Cargo.toml"), `${manifest}no-such-crate-as-this = "1"\n`);
    writeFileSync(join(source, "src/main.rs"), "fn main() {}");
    await expect(driver().prepare({ framework: "rust" }, "subject", source, join(sdkRust, "build"))).rejects.toThrow(/error: no matching package named `no-such-crate-as-this` found/);
  });
});

test("says why the SDK cannot be used", async () => {
  expect(await rustDriver({ ...platformPaths(), sdkRust: "/nowhere" }).fingerprint()).toMatchObject({ usable: false, reason: expect.stringMatching(/\/nowhere\/build\/libcoven\.rlib|no Rust compiler/) });
});
