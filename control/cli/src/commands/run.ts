import { existsSync } from "node:fs";
import { basename, extname } from "node:path";
import type { Component, Vnf } from "@coven/contract";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { type Around, packageAround } from "../session/around.ts";
import { build, frameworkOf, sourceOf } from "../session/build.ts";
import { capture, contextOf, inFolder, sessionOf } from "../session/open.ts";
import type { Outcome } from "../session/session.ts";
import { isClean, outcomeJson, outcomeText } from "../session/show.ts";

interface Options { in?: string; out?: string; context?: string; routine?: string }

/** A name that a package may have, whatever the file is called. */
const nameOf = (file: string): string => {
  const name = basename(file, extname(file)).toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  return /^[a-z][a-z0-9-]{0,62}$/.test(name) && name !== "in" && name !== "out" ? name : "component";
};

function frameworkFor(file: string) {
  const framework = frameworkOf[extname(file)];
  if (!framework) throw new Failure(exit.wrongUse, `${file}: its name should end in ${Object.keys(frameworkOf).join(", ")}; a package's folder runs with: coven dev`);
  if (!existsSync(file)) throw new Failure(exit.failed, `there is no file ${file}`);
  return framework;
}

/** Packets of a named output end here: they are counted at a point of that name. */
function vnfOf(name: string, component: Component, { outputs = [], context, settings, nsh }: Around): Vnf {
  return {
    vnf: "run",
    version: "1",
    connectionPoints: { in: {}, out: {}, ...Object.fromEntries(outputs.map((output) => [output, {}])) },
    components: { [name]: { ...component, outputs, ...(context && { context }), ...(settings && { settings }) } },
    paths: { through: `in -> ${name} -> out`, ...Object.fromEntries(outputs.map((output) => [`to-${output}`, `${name}.${output} -> ${output}`])) },
    ...(nsh && { nsh }),
  };
}

async function runFile(context: Context, file: string, options: Options): Promise<Outcome> {
  const framework = frameworkFor(file);
  if (options.in === undefined) throw new Failure(exit.wrongUse, "--in FILE is missing: the capture that it is to run on");
  const given = contextOf(options.context);
  const name = nameOf(file);
  const around = packageAround(file, framework);
  return inFolder(async (folder, paths) => {
    const { source, paths: shown } = sourceOf(file, framework, folder, options.routine ?? around.routine);
    const built = await build(name, source, `${folder}/${name}`, paths);
    const named = Object.fromEntries((around.outputs ?? []).map((output) => [output, capture(undefined, undefined)]));
    const ports = { ...named, in: capture(options.in, undefined), out: capture(undefined, options.out) };
    const show = (line: string) => context.say(line);
    return sessionOf(vnfOf(name, source.component, around), ports, { [name]: { ...built, paths: [...shown, ...built.paths] } }, { folder, paths, context: given, signal: context.signal, show }).run();
  });
}

export async function run(context: Context, [file = ""]: string[], options: Options): Promise<number> {
  const outcome = await runFile(context, file, options);
  context.print(outcomeJson(outcome), () => outcomeText(file, outcome));
  return isClean(outcome) ? exit.done : exit.failed;
}
