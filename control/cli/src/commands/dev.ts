import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { PortBinding, Vnf } from "@coven/contract";
import { findSource } from "@coven/package";
import { bindPorts } from "@coven/vns";
import type { Context } from "../context.ts";
import { exit, Failure, toFailure } from "../exit.ts";
import { openPackage, portsOf } from "../local.ts";
import { Changes } from "../session/changes.ts";
import { type Built, build } from "../session/build.ts";
import { capture, contextOf, inFolder, runPlan } from "../session/open.ts";
import type { Outcome } from "../session/session.ts";
import { isClean, outcomeJson, outcomeText } from "../session/show.ts";
import { colors } from "../text.ts";

interface Options { in?: string; out?: string; port?: string[]; set?: string[]; context?: string; once?: boolean }

/** The captures go to where the first path begins and ends; a point that is bound nowhere takes what comes. */
function portsFor(vnf: Vnf, { in: file, out, port = [] }: Options): Record<string, PortBinding> {
  const words = (Object.values(vnf.paths)[0] ?? "").split("->").map((word) => word.trim());
  const [first = "", last = ""] = [words[0], words.at(-1)];
  const bound: Record<string, PortBinding> = {};
  for (const [name, point] of Object.entries(vnf.connectionPoints)) bound[name] = point.port ?? { backend: "pcap" };
  if (first === last) bound[first] = capture(file, out);
  else if (file !== undefined || out !== undefined) [bound[first], bound[last]] = [capture(file, undefined), capture(undefined, out)];
  return bindPorts(vnf, { ...bound, ...portsOf(port) });
}

/** This engine leaves NSH to the other one: plain packets take the same way with it and without it. */
function withoutNsh(vnf: Vnf): Vnf {
  return { ...vnf, connectionPoints: Object.fromEntries(Object.entries(vnf.connectionPoints).map(([name, { nsh: _, ...point }]) => [name, point])) };
}

async function runPackage(context: Context, folder: string, options: Options, signal: AbortSignal): Promise<Outcome> {
  const { vnf: asked, close } = await openPackage(folder, options.set);
  await close();
  const vnf = withoutNsh(asked);
  const ports = portsFor(vnf, options);
  if (Object.values(asked.connectionPoints).some(({ nsh }) => nsh === "proxy")) context.say("NSH is left out here: packets are taken as they are, with the context of --context");
  return inFolder(async (temporary, paths) => {
    const built: Record<string, Built> = {};
    for (const [name, component] of Object.entries(vnf.components ?? {})) {
      const source = resolve(findSource(name, component, folder) ?? folder);
      const made = await build(name, { component, folder: component.artifact ? resolve(folder) : source }, join(temporary, name), paths);
      built[name] = { ...made, paths: [...made.paths.map(([theirs]) => [theirs, `${source.slice(resolve(folder).length + 1)}/`] as const)] };
    }
    const several = Object.keys(built).length > 1;
    const show = (line: string, component: string) => context.say(several ? `${colors.dim(`${component}:`)} ${line}` : line);
    return runPlan(vnf, ports, built, { folder: temporary, paths, context: contextOf(options.context), signal, show });
  });
}

async function once(context: Context, folder: string, options: Options, signal: AbortSignal): Promise<boolean> {
  const outcome = await runPackage(context, folder, options, signal);
  context.print(outcomeJson(outcome), () => outcomeText(folder.replace(/\/$/, ""), outcome));
  return isClean(outcome);
}

/** Runs again at each save, the run before given up if it still goes on. Ends with the signal. */
async function again(context: Context, folder: string, options: Options): Promise<void> {
  const changes = new Changes(folder);
  context.signal.addEventListener("abort", () => changes.close(), { once: true });
  try {
    while (!context.signal.aborted) {
      const signal = changes.begin();
      await once(context, folder, options, signal).catch((thrown) => {
        const failure = toFailure(thrown);
        if (!signal.aborted) process.stderr.write(`${colors.red("failed")}  ${failure.message}\n${failure.more ? `${failure.more.trimEnd()}\n` : ""}`);
      });
      if (!context.signal.aborted) context.say(colors.dim("waiting for a change; Ctrl-C ends"));
      const changed = await changes.next();
      if (changed !== undefined) context.say(`\n${colors.dim(`${changed} was saved`)}`);
    }
  } finally {
    changes.close();
  }
}

export async function run(context: Context, [folder = ""]: string[], options: Options): Promise<number> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Failure(exit.failed, `there is no folder ${folder}; one file runs with: coven run`);
  if (!options.once) return again(context, folder, options).then(() => exit.done);
  return (await once(context, folder, options, context.signal)) ? exit.done : exit.failed;
}
