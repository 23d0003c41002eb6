/** Frameworks from outside of this tree: a folder with framework.yaml says how components of it are checked and started (docs/frameworks.md).
 * COVEN_FRAMEWORKS names the folders, with colons between. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CovenError, frameworks, type PpsDriver } from "@coven/contract";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { parse } from "yaml";
import type { PlatformPaths } from "./paths.ts";
import { compileFailed, entryOf, refuseArtifact, sourceName } from "./source.ts";
import { processTasks } from "./tasks.ts";
import { runTool } from "./tool.ts";
import { filled, findProgram } from "./words.ts";

const Words = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 64 });
const FrameworkFile = Type.Object(
  {
    framework: Type.String({ pattern: "^[a-z][a-z0-9-]{0,62}$" }),
    entry: Type.String({ minLength: 1 }),
    fingerprint: Words,
    version: Type.Optional(Type.String({ minLength: 1 })),
    prepare: Type.Optional(Words),
    start: Words,
    env: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
);
type FrameworkFile = Static<typeof FrameworkFile>;

export const outsideFolders = (): string[] => (process.env.COVEN_FRAMEWORKS ?? "").split(":").filter(Boolean).map((folder) => resolve(folder));

/** Every name that a component may say. */
export const knownFrameworks = (): string[] => [...frameworks, ...outsideFolders().map((folder) => readFramework(join(folder, "framework.yaml")).framework)];

/** Their drivers by name. Throws for a file that is not sound, and for a name that is taken. */
export function outsideDrivers(paths: PlatformPaths): Record<string, PpsDriver> {
  const found: Record<string, PpsDriver> = {};
  for (const folder of outsideFolders()) {
    const file = join(folder, "framework.yaml");
    const described = readFramework(file);
    const taken = (frameworks as readonly string[]).includes(described.framework) || described.framework in found;
    if (taken) throw new CovenError("FRAMEWORK_FILE", [file, `there is a framework ${described.framework} already`]);
    found[described.framework] = outsideDriver(described, folder, paths);
  }
  return found;
}

function readFramework(file: string): FrameworkFile {
  const broken = (what: string) => new CovenError("FRAMEWORK_FILE", [file, what]);
  if (!existsSync(file)) throw broken("there is no such file; COVEN_FRAMEWORKS names folders that hold one");
  let value: unknown;
  try {
    value = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw broken((error as Error).message.split("\n")[0] ?? "it is not YAML");
  }
  const [fault] = Value.Errors(FrameworkFile, value);
  if (fault) throw broken(`${fault.path.slice(1).replaceAll("/", ".") || "the file"}: ${fault.message}`);
  return value as FrameworkFile;
}

function outsideDriver(described: FrameworkFile, folder: string, paths: PlatformPaths): PpsDriver {
  const known = { framework: folder, sdk: paths.sdkC };
  return {
    name: described.framework,
    async fingerprint() {
      const [program = "", ...words] = described.fingerprint.map(filled(known));
      const asked = await runTool(findProgram(program, folder) ?? program, words, { cwd: folder });
      const version = new RegExp(described.version ?? "(.*)").exec(asked.output)?.[1] ?? null;
      if (asked.code !== 0) return { usable: false, version: null, reason: `${described.fingerprint.join(" ")}: ${lastLine(asked.output)}` };
      return version === null ? { usable: false, version, reason: `${program} does not say a version that fits /${described.version}/: ${lastLine(asked.output)}` } : { usable: true, version, reason: null };
    },
    async prepare(component, name, source, out) {
      refuseArtifact(component, name);
      const entry = entryOf(component, name, source, described.entry);
      const fill = filled({ ...known, source, out, name, entry });
      const runnable = ([program = "", ...words]: string[]) => [findProgram(program, source) ?? program, ...words];
      if (described.prepare) {
        const [program = "", ...words] = runnable(described.prepare.map(fill));
        const done = await runTool(program, words, { cwd: source, timeout_ms: 120_000 });
        if (done.code !== 0) throw compileFailed(name, firstError(done.output, sourceName(component, source), entry), done.output);
      }
      const env = Object.fromEntries(Object.entries(described.env ?? {}).map(([key, value]) => [key, fill(value)]));
      return { command: runnable(described.start.map(fill)), cwd: source, env };
    },
    ...processTasks,
  };
}

const lastLine = (output: string) => output.trim().split("\n").at(-1) ?? "";

/** The first line that names the entry and a line of it, from there on; tools put their own name in front. */
function firstError(output: string, place: string, entry: string): string {
  const lines = output.split("\n").filter(Boolean);
  const at = lines.map((line) => line.indexOf(`${entry}:`)).findIndex((index) => index >= 0);
  const line = lines[at];
  return line === undefined ? `${place}/: ${lines.at(-1) ?? "it was refused without a word"}` : `${place}/${line.slice(line.indexOf(`${entry}:`))}`;
}
