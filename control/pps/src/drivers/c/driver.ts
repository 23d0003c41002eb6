/** Framework `c`: every *.c of the source folder becomes one program; or a prebuilt program is taken as it is. */
import { existsSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { Component, PpsDriver, Prepared } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, filesIn, sourceName } from "../../source.ts";
import { processTasks } from "../../tasks.ts";
import { runTool } from "../../tool.ts";
import { checkProgram, hostArchitecture } from "./artifact.ts";

const compiler = () => process.env.CC ?? "cc";

export function cDriver(paths: PlatformPaths): PpsDriver {
  const library = join(paths.sdkC, "build/libcoven.a");
  return {
    name: "c",
    async fingerprint() {
      const asked = await runTool(compiler(), ["--version"]);
      if (asked.code !== 0) return { usable: false, version: null, reason: `there is no C compiler (${compiler()}): install one, or set CC to its path; prebuilt artifacts still run` };
      const version = asked.output.split("\n")[0] ?? null;
      return existsSync(library) ? { usable: true, version, reason: null } : { usable: false, version, reason: `the C SDK is not built: there is no ${library}` };
    },
    prepare: (component, name, source, folder) =>
      component.artifact ? takeArtifact(component.artifact, name, source, folder) : compile(component, name, source, folder, [`-I${join(paths.sdkC, "include")}`], library),
    ...processTasks,
  };
}

const prepared = (program: string, cwd: string): Prepared => ({ command: [program], cwd, env: {} });

async function compile(component: Component, name: string, source: string, folder: string, flags: string[], library: string): Promise<Prepared> {
  const place = sourceName(component, source);
  const files = component.entry ? [component.entry] : filesIn(source, ".c");
  if (files.length === 0) throw compileFailed(name, `${place}/ holds no file that ends in .c`);
  const program = join(folder, name);
  const words = ["-O2", "-Wall", "-std=gnu11", ...flags, "-I.", "-o", program, ...files, library, "-lpthread", "-lm"];
  const done = await runTool(compiler(), words, { cwd: source, timeout_ms: 120_000 });
  if (done.code !== 0) throw compileFailed(name, firstError(done.output, place), done.output);
  return prepared(program, source);
}

/** The compiler's `main.c:3:5: error: text`, with the file named as the author names it; the linker has its own words. */
function firstError(output: string, place: string): string {
  const lines = output.split("\n").filter(Boolean);
  const line = lines.find((text) => /^[^:]+:\d+:(\d+:)? (fatal )?error:/.test(text));
  if (line) return `${line.startsWith("/") ? "" : `${place}/`}${line}`;
  const undefinedSymbol = lines.find((text) => /undefined reference|multiple definition|undefined symbol/.test(text));
  return `${place}/: ${undefinedSymbol?.replace(/^.*?: (?=undefined|multiple)/, "") ?? lines.at(-1) ?? "the compiler failed without a word"}`;
}

/** `source` is the package's own folder then: artifacts are named from there. */
async function takeArtifact(artifact: NonNullable<Component["artifact"]>, name: string, source: string, folder: string): Promise<Prepared> {
  const file = artifact[hostArchitecture()];
  if (file === undefined) throw compileFailed(name, `there is no artifact for this host's architecture, ${hostArchitecture()}; the package has ${Object.keys(artifact).join(", ")}`);
  const problem = await checkProgram(join(source, file));
  if (problem) throw compileFailed(name, `${file}: ${problem}`);
  const program = join(folder, name);
  await copyFile(join(source, file), program);
  await chmod(program, 0o700);
  return prepared(program, folder);
}
