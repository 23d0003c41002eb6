/** What the frameworks of the C compilers share: sources become one program with the C SDK in it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Component, Framework, PpsDriver, Prepared } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, filesIn, sourceName } from "../../source.ts";
import { libcovenTasks, startGroup } from "../../tasks.ts";
import { runTool } from "../../tool.ts";
import { prepared, takeArtifact } from "./artifact.ts";

export interface Dialect {
  name: Framework;
  language: string;
  compiler: () => string;
  /** Of source files. */
  endings: readonly string[];
  standard: string;
}

const libraryOf = (sdk: string) => join(sdk, "build/libcoven.a");

export function compiledDriver(dialect: Dialect, paths: PlatformPaths): PpsDriver {
  const library = libraryOf(paths.sdkC);
  const { name, language, compiler } = dialect;
  return {
    name,
    async fingerprint() {
      const asked = await runTool(compiler(), ["--version"]);
      if (asked.code !== 0) return { usable: false, version: null, reason: `there is no ${language} compiler (${compiler()}): install one, or set ${language === "C" ? "CC" : "CXX"} to its path; prebuilt artifacts still run` };
      const version = asked.output.split("\n")[0] ?? null;
      return existsSync(library) ? { usable: true, version, reason: null } : { usable: false, version, reason: `the C SDK is not built: there is no ${library}` };
    },
    prepare: (component, componentName, source, folder) =>
      component.artifact
        ? takeArtifact(component.artifact, componentName, source, folder)
        : compile(dialect, component, componentName, source, folder, paths.sdkC),
    ...libcovenTasks,
    startGroup: (members) =>
      startGroup((programs) => [join(paths.sdkC, "build/coven-group"), ...programs.flatMap(({ entry, folder, environment }) => ["--", object(entry), folder, ...Object.entries(environment).map(([key, value]) => `${key}=${value}`)])], members),
  };
}

async function compile(dialect: Dialect, component: Component, name: string, source: string, folder: string, sdk: string): Promise<Prepared> {
  const place = sourceName(component, source);
  const files = component.entry ? [component.entry] : dialect.endings.flatMap((ending) => filesIn(source, ending));
  if (files.length === 0) throw compileFailed(name, `${place}/ holds no file that ends in ${dialect.endings.join(" or ")}`);
  const program = join(folder, name);
  const run = async (...words: string[]) => {
    const done = await runTool(dialect.compiler(), ["-O2", "-Wall", `-std=${dialect.standard}`, `-I${join(sdk, "include")}`, "-I.", ...words, "-lpthread", "-lm"], { cwd: source, timeout_ms: 120_000 });
    if (done.code !== 0) throw compileFailed(name, firstError(done.output, place), done.output);
  };
  await run("-o", program, ...files, libraryOf(sdk));
  if ((component.placement?.fuse ?? "none") !== "none") await run("-shared", "-fPIC", `-Wl,--version-script=${join(sdk, "group/program.map")}`, "-o", object(program), ...files);
  return prepared(program, source);
}

/** The same for a fused group, which has the library. */
const object = (program: string) => `${program}.so`;

/** The compiler's `main.c:3:5: error: text`, with the file named as the author names it; the linker has its own words. */
function firstError(output: string, place: string): string {
  const lines = output.split("\n").filter(Boolean);
  const line = lines.find((text) => /^[^:]+:\d+:(\d+:)? (fatal )?error:/.test(text));
  if (line) return `${line.startsWith("/") ? "" : `${place}/`}${line}`;
  const undefinedSymbol = lines.find((text) => /undefined reference|multiple definition|undefined symbol/.test(text));
  return `${place}/: ${undefinedSymbol?.replace(/^.*?: (?=undefined|multiple)/, "") ?? lines.at(-1) ?? "the compiler failed without a word"}`;
}
