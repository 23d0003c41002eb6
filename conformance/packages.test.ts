/** The SDKs as packages of their ecosystems (docs/packages.md): built, installed where nothing else of COVEN is, and used: a component of each passes
 * packets under the stand-in data plane, sdk/c/build/peer. Versions are those of sdk/VERSION. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const scratch = mkdtempSync(join(tmpdir(), "packages-"));
const packages = join(scratch, "packages");
const version = readFileSync(join(root, "sdk/VERSION"), "utf8").trim();
const example = (name: string) => join(root, "examples/forward", name);
const long_ms = 240_000;
let said = "";

const run = (command: string, words: string[], cwd: string, env: Record<string, string> = {}) =>
  execFileSync(command, words, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
const has = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

function folder(name: string): string {
  const made = join(scratch, name);
  mkdirSync(made, { recursive: true });
  return made;
}

/** 1,000 packets through the component; all come back. */
function passes(command: string[], cwd: string, env: Record<string, string> = {}): void {
  const told = run(join(root, "sdk/c/build/peer"), ["--packets", "1000", "--block", "--", ...command], cwd, env);
  expect(told).toContain('"balanced":true');
  expect(told).toContain('"returned":{"out":1000}');
}

/** A test of a package that this machine can build and use, or a line that says why not. */
function using(name: string, missing: () => string | undefined, act: () => void): void {
  it(name, () => {
    const reason = missing() ?? new RegExp(`^packages: ${name}: skipped: (.*)`, "m").exec(said)?.[1];
    if (reason) return console.log(`SKIP package ${name}: ${reason}`);
    act();
  }, long_ms);
}

beforeAll(() => {
  said = run("sh", ["tools/packages.sh", packages], root);
}, long_ms);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const source = (path: string) => readFileSync(join(root, path), "utf8");

describe("versions are in step with sdk/VERSION", () => {
  const stated: Record<string, RegExp> = {
    "sdk/node/package.json": /"version": "(.*)"/,
    "sdk/python/pyproject.toml": /^version = "(.*)"/m,
    "sdk/java/pom.xml": /<artifactId>coven-sdk<\/artifactId>\s*<version>(.*)<\/version>/,
    "sdk/java/pcap4j/pom.xml": /<artifactId>coven-pcap4j<\/artifactId>\s*<version>(.*)<\/version>/,
    "sdk/rust/Cargo.toml": /^version = "(.*)"/m,
    "sdk/c/src/channel.h": /CVN_SDK_VERSION \S+ \/\* (\S+),/,
    "sdk/java/src/main/java/coven/Channel.java": /SDK_VERSION = \S+ \/\/ (\S+),/,
  };
  it.each(Object.entries(stated))("%s", (path, where) => expect(where.exec(source(path))?.[1]).toBe(version));
  it("the number that components show is the same", () => {
    const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
    const number = `0x${((major << 16) | (minor << 8) | patch).toString(16).padStart(8, "0")}`;
    expect(source("sdk/c/src/channel.h")).toContain(`CVN_SDK_VERSION ${number}u`);
    expect(source("sdk/java/src/main/java/coven/Channel.java")).toContain(`SDK_VERSION = ${number};`);
  });
});

describe("a package, installed by itself, carries a component", () => {
  using("npm", () => (has("npm") ? undefined : "there is no npm"), () => {
    const project = folder("npm");
    writeFileSync(join(project, "package.json"), '{ "name": "nf", "private": true, "type": "module" }');
    run("npm", ["install", "--offline", "--silent", "--no-audit", "--no-fund", join(packages, `coven-sdk-${version}.tgz`)], project);
    cpSync(join(example("forward-javascript"), "main.js"), join(project, "main.js"));
    passes([process.execPath, "main.js"], project);
    // Its types as an author's compiler sees them.
    writeFileSync(join(project, "main.ts"), 'import { counter, run, Verdict } from "@coven/sdk";\nconst seen = counter("seen", "packets", "");\nrun((packet) => {\n  seen.add(packet.u16(12) > 0 ? 1 : 0);\n  return Verdict.forward;\n});\n');
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--typeRoots", join(root, "node_modules/@types"), "--types", "node", "main.ts"], project);
  });

  using("python", () => (spawnSync("python3", ["-m", "venv", "--help"]).status === 0 ? undefined : "python3 has no venv (package python3-venv)"), () => {
    const project = folder("python");
    run("python3", ["-m", "venv", "env"], project);
    const wheel = readdirSync(packages).find((name) => name.endsWith(".whl")) ?? "no wheel";
    run(join(project, "env/bin/python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", join(packages, wheel)], project);
    cpSync(join(example("forward-python"), "main.py"), join(project, "main.py"));
    passes([join(project, "env/bin/python"), "main.py"], project, { PYTHONPATH: "" });
  });

  using("crate", () => (has("cargo") ? undefined : "there is no cargo"), () => {
    const project = folder("crate");
    const vendor = folder("crate/vendor");
    run("tar", ["-xzf", join(packages, `coven-${version}.crate`), "-C", vendor], project);
    writeFileSync(join(vendor, `coven-${version}/.cargo-checksum.json`), '{"files":{}}');
    writeFileSync(join(folder("crate/.cargo"), "config.toml"), '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n');
    writeFileSync(join(project, "Cargo.toml"), `[package]\nname = "nf"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ncoven = "${version}"\n`);
    cpSync(join(example("forward-rust"), "main.rs"), join(folder("crate/src"), "main.rs"));
    run("cargo", ["build", "--quiet", "--offline", "--target-dir", "target"], project);
    passes(["target/debug/nf"], project);
  });

  using("c", () => (has("pkg-config") ? undefined : "there is no pkg-config"), () => {
    const project = folder("c");
    run("sh", ["-c", `tar -xzf "${packages}"/coven-c-${version}-*.tar.gz`], project);
    const lib = join(project, "usr/local/lib");
    const pkg = (...words: string[]) => run("pkg-config", [...words, "coven"], project, { PKG_CONFIG_PATH: join(lib, "pkgconfig"), PKG_CONFIG_SYSROOT_DIR: project }).trim().split(/\s+/);
    expect(pkg("--modversion")).toEqual([version]);
    const [main, flags, libraries] = [join(example("forward-c"), "main.c"), pkg("--cflags"), pkg("--libs")];
    run("cc", ["-O2", "-o", "shared", main, ...flags, ...libraries], project);
    run("cc", ["-O2", "-o", "static", main, ...flags, join(lib, "libcoven.a")], project);
    passes(["./shared"], project, { LD_LIBRARY_PATH: lib });
    passes(["./static"], project);
  });
});

describe("the Maven artifacts", () => {
  using("maven", () => (has("javac") ? undefined : "there is no javac"), () => {
    const project = folder("java");
    const jar = join(packages, `maven/coven/coven-sdk/${version}/coven-sdk-${version}.jar`);
    run("javac", ["-cp", jar, "-d", "classes", join(example("forward-java"), "Main.java")], project);
    passes(["java", "-XX:+UseSerialGC", "-cp", `classes:${jar}`, "Main"], project);
    for (const kind of ["sources", "javadoc"]) expect(run("jar", ["--list", "--file", jar.replace(".jar", `-${kind}.jar`)], project)).toMatch(/^coven\/Packet\.(java|html)$/m);
  });

  // The repository that tools/packages.sh filled, in build/.
  using("coven-pcap4j", () => (has("mvn") ? undefined : "there is no mvn"), () => {
    const project = folder("maven");
    cpSync(join(root, "conformance/packages/maven"), project, { recursive: true });
    rmSync(join(root, "build/m2/coven"), { recursive: true, force: true });
    const words = ["-q", "-B", `-Dcoven.version=${version}`, `-Dcoven.repository=file://${packages}/maven`, `-Dmaven.repo.local=${join(root, "build/m2")}`];
    const built = spawnSync("mvn", [...words, "compile", "dependency:copy-dependencies"], { cwd: project, encoding: "utf8" });
    expect(built.status, built.stdout + built.stderr).toBe(0);
    expect(run("java", ["-cp", "target/classes:target/dependency/*", "Through"], project)).toBe("out 10.0.0.1 -> 10.0.0.9, 63 hops, 71 bytes\n");
  });
});
