/** Framework `java`: every *.java of the source folder, compiled by javac; run by plain java with the SDK, and the jars of lib/, on its class path. */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, entryOf, filesIn, refuseArtifact, sourceName } from "../../source.ts";
import { processTasks } from "../../tasks.ts";
import { runTool } from "../../tool.ts";

const version_min = 17;
const tool = (name: string) => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin", name) : name);

/** A small heap with the collector that costs least, no file of counters in /tmp, and an end instead of a component that can't allocate. */
const machine = ["-XX:+UseSerialGC", "-Xmx64m", "-Xshare:auto", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError"];
/** Half of the time of a small compilation is javac's own start. */
const compiler = ["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-encoding", "UTF-8", "-proc:none"];

export function javaDriver(paths: PlatformPaths): PpsDriver {
  return {
    name: "java",
    async fingerprint() {
      const asked = await runTool(tool("javac"), ["-version"]);
      const version = /^javac (\d+\S*)/m.exec(asked.output)?.[1] ?? null;
      if (version === null) return { usable: false, version, reason: `there is no Java compiler (${tool("javac")}): install a JDK, ${version_min} or newer, or set JAVA_HOME to one` };
      if (Number.parseInt(version, 10) < version_min) return { usable: false, version, reason: `Java ${version_min} or newer is needed: install one, or set JAVA_HOME to it` };
      return existsSync(paths.sdkJava) ? { usable: true, version, reason: null } : { usable: false, version, reason: `the Java SDK is not built: there is no ${paths.sdkJava}` };
    },
    async prepare(component, name, source, folder) {
      refuseArtifact(component, name);
      const entry = entryOf(component, name, source, "Main.java");
      const place = sourceName(component, source);
      const libraries = [paths.sdkJava, join(source, "lib/*")];
      const classes = join(folder, "classes");
      const words = [...compiler, "-d", classes, "-cp", libraries.join(":"), ...filesIn(source, ".java")];
      const done = await runTool(tool("javac"), words, { cwd: source, timeout_ms: 120_000 });
      if (done.code !== 0) throw compileFailed(name, firstError(done.output, place), done.output);
      const main = mainClass(source, entry);
      if (!existsSync(join(classes, `${main.replaceAll(".", "/")}.class`))) throw compileFailed(name, `${place}/${entry}: holds no class ${basename(entry, ".java")} to begin with`);
      return { command: [tool("java"), ...machine, "-cp", [classes, ...libraries].join(":"), main], cwd: source, env: {} };
    },
    ...processTasks,
  };
}

/** The compiler's `net/Main.java:3: error: text`, with the file named as the author names it. */
function firstError(output: string, place: string): string {
  const lines = output.split("\n").filter(Boolean);
  const line = lines.find((text) => /^[^:]+\.java:\d+: error: /.test(text));
  return line ? `${place}/${line}` : `${place}/: ${lines.find((text) => text.startsWith("error: ")) ?? lines.at(-1) ?? "the compiler failed without a word"}`;
}

/** The class that a file begins with: named like the file, in the package that the file declares. */
function mainClass(source: string, entry: string): string {
  const declared = /^\s*package\s+([\w.]+)\s*;/m.exec(readFileSync(join(source, entry), "utf8"))?.[1];
  return [...(declared ? [declared] : []), basename(entry, ".java")].join(".");
}
