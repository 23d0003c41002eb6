/** Framework `rust`: a folder with Cargo.toml is built by cargo, a main.rs alone by rustc; without a registry either way. Or a prebuilt program is taken as it is. */
import { existsSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Component, PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, entryOf, sourceName } from "../../source.ts";
import { libcovenTasks } from "../../tasks.ts";
import { runTool, type ToolResult } from "../../tool.ts";
import { prepared, takeArtifact } from "../c/artifact.ts";
import { firstError, programIn } from "./messages.ts";

const compiler = () => process.env.RUSTC ?? "rustc";
const cargo = () => process.env.CARGO ?? "cargo";
const compile_ms = 300_000;

export function rustDriver(paths: PlatformPaths): PpsDriver {
  const library = join(paths.sdkRust, "build/libcoven.rlib");
  return {
    name: "rust",
    async fingerprint() {
      const asked = await runTool(compiler(), ["--version"]);
      if (asked.code !== 0) return { usable: false, version: null, reason: `there is no Rust compiler (${compiler()}): install one, or set RUSTC to its path; prebuilt artifacts still run` };
      const version = asked.output.trim();
      if (!existsSync(library)) return { usable: false, version, reason: `the Rust SDK is not built: there is no ${library}` };
      const builtBy = readFileSync(join(paths.sdkRust, "build/rustc"), "utf8").trim();
      return builtBy === version ? { usable: true, version, reason: null } : { usable: false, version, reason: `the Rust SDK was built by ${builtBy}: build it again with make build` };
    },
    prepare(component, name, source, folder) {
      if (component.artifact) return takeArtifact(component.artifact, name, source, folder);
      const isCargo = component.entry === undefined ? existsSync(join(source, "Cargo.toml")) : basename(component.entry) === "Cargo.toml";
      return isCargo ? byCargo(paths, component, name, source, folder) : byCompiler(library, component, name, source, folder);
    },
    ...libcovenTasks,
  };
}

async function byCompiler(library: string, component: Component, name: string, source: string, folder: string) {
  const entry = entryOf(component, name, source, "main.rs");
  const program = join(folder, name);
  const words = ["--edition", "2021", "-C", "opt-level=3", "--error-format=short", "--crate-name", name.replaceAll("-", "_"), "--extern", `coven=${library}`, "-o", program, entry];
  const done = await runTool(compiler(), words, { cwd: source, timeout_ms: compile_ms });
  refuse(done, name, sourceName(component, source));
  return prepared(program, source);
}

/** Cargo writes beside the manifest; the package stays as it came. Whoever depends on `coven` gets the crate of this platform. */
async function byCargo(paths: PlatformPaths, component: Component, name: string, source: string, folder: string) {
  const copy = join(folder, "source");
  await cp(source, copy, { recursive: true });
  const crate = `patch.crates-io.coven.path=${JSON.stringify(paths.sdkRust)}`;
  const words = ["build", "--release", "--offline", "--message-format=json-diagnostic-short", "--config", crate, "--target-dir", join(folder, "target"), "--manifest-path", component.entry ?? "Cargo.toml"];
  const done = await runTool(cargo(), words, { cwd: copy, env: { COVEN_SDK_C: paths.sdkC }, timeout_ms: compile_ms });
  refuse(done, name, sourceName(component, source));
  const program = programIn(done.output);
  if (program === undefined) throw compileFailed(name, `${sourceName(component, source)}/${component.entry ?? "Cargo.toml"}: builds no program`);
  return prepared(program, source);
}

function refuse(done: ToolResult, name: string, place: string): void {
  if (done.code !== 0) throw compileFailed(name, firstError(done.output, place), done.output);
}
