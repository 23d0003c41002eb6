import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { PortBinding, Vnf } from "@coven/contract";
import { findSource } from "@coven/package";
import type { PlatformPaths } from "@coven/pps";
import { bindPorts } from "@coven/vns";
import type { Context } from "../context.ts";
import { exit, Failure, toFailure } from "../exit.ts";
import { type LocalPackage, openPackage, portsOf } from "../local.ts";
import { type Built, build } from "../session/build.ts";
import { Changes } from "../session/changes.ts";
import { type Hosts, inNamespaces, openHosts } from "../session/hosts.ts";
import { numbered, serve } from "../session/live.ts";
import { capture, contextOf, inFolder, sessionOf } from "../session/open.ts";
import { Screen } from "../session/screen.ts";
import type { Outcome } from "../session/session.ts";
import { isClean, outcomeJson, outcomeText } from "../session/show.ts";
import { colors } from "../text.ts";

interface Options { in?: string; out?: string; port?: string[]; set?: string[]; context?: string; once?: boolean; hosts?: boolean }

/** Where the first path begins and ends. */
function endsOf(vnf: Vnf): [string, string] {
  const words = (Object.values(vnf.paths)[0] ?? "").split("->").map((word) => word.trim());
  return [words[0] ?? "", words.at(-1) ?? ""];
}

/** Captures and hosts go to where the first path begins and ends; a point that is bound nowhere takes what comes. */
function portsFor(vnf: Vnf, { in: file, out, port = [] }: Options, hosts: Hosts | undefined): Record<string, PortBinding> {
  const [first, last] = endsOf(vnf);
  const bound: Record<string, PortBinding> = {};
  for (const [name, point] of Object.entries(vnf.connectionPoints)) bound[name] = point.port ?? { backend: "pcap" };
  if (hosts) [bound[first], bound[last]] = hosts.interfaces.map((name): PortBinding => ({ backend: "af_packet", interface: name })) as [PortBinding, PortBinding];
  else if (first === last) bound[first] = capture(file, out);
  else if (file !== undefined || out !== undefined) [bound[first], bound[last]] = [capture(file, undefined), capture(undefined, out)];
  return bindPorts(vnf, { ...bound, ...portsOf(port) });
}

/** This engine leaves NSH to the other one: plain packets take the same way with it and without it. */
function withoutNsh(vnf: Vnf): Vnf {
  return { ...vnf, connectionPoints: Object.fromEntries(Object.entries(vnf.connectionPoints).map(([name, { nsh: _, ...point }]) => [name, point])) };
}

/** A package that was read: how its components are built, and what they print is shown. */
interface Work { vnf: Vnf; ports: Record<string, PortBinding>; sources: Record<string, string>; build(name: string): Promise<Built>; close(): Promise<void> }

async function workOf(context: Context, folder: string, options: Options, hosts: Hosts | undefined, temporary: string, paths: PlatformPaths): Promise<Work> {
  const opened = await openPackage(folder, options.set);
  try {
    return workFrom(opened, context, folder, options, hosts, temporary, paths);
  } catch (problem) {
    await opened.close();
    throw problem;
  }
}

function workFrom({ vnf: asked, folder: content, close }: LocalPackage, context: Context, folder: string, options: Options, hosts: Hosts | undefined, temporary: string, paths: PlatformPaths): Work {
  const vnf = withoutNsh(asked);
  if (Object.values(asked.connectionPoints).some(({ nsh }) => nsh === "proxy")) context.say("NSH is left out here: packets are taken as they are, with the context of --context");
  const components = vnf.components ?? {};
  // What is taken from another package is a copy; the rest is read where it is saved.
  const sourceOf = (name: string) => resolve(findSource(name, components[name]!, folder) ?? findSource(name, components[name]!, content) ?? folder);
  const shown = (source: string) => (source.startsWith(`${resolve(folder)}/`) ? source.slice(resolve(folder).length + 1) : source.slice(resolve(content).length + 1));
  const into = numbered(temporary);
  return {
    vnf,
    close,
    ports: portsFor(vnf, options, hosts),
    sources: Object.fromEntries(Object.keys(components).map((name) => [name, shown(sourceOf(name))])),
    async build(name) {
      const component = components[name]!;
      const made = await build(name, { component, folder: component.artifact ? resolve(content) : sourceOf(name) }, into(name), paths);
      return { ...made, paths: made.paths.map(([theirs]) => [theirs, `${shown(sourceOf(name))}/`] as const) };
    },
  };
}

const isLive = ({ ports }: Work) => Object.values(ports).some(({ backend }) => backend === "af_packet");

/** One run of a package, to the end of its captures or, where it serves interfaces, until it is interrupted or its descriptor saved. */
async function runPackage(context: Context, folder: string, options: Options, signal: AbortSignal, hosts?: Hosts): Promise<Outcome | "again" | "over"> {
  return inFolder(async (temporary, paths) => {
    const work = await workOf(context, folder, options, hosts, temporary, paths);
    return runWork(context, work, { folder, options, signal, hosts, temporary, paths }).finally(() => work.close());
  });
}

interface Run { folder: string; options: Options; signal: AbortSignal; hosts: Hosts | undefined; temporary: string; paths: PlatformPaths }

async function runWork(context: Context, work: Work, { folder, options, signal, hosts, temporary, paths }: Run): Promise<Outcome | "again" | "over"> {
  const built: Record<string, Built> = {};
  for (const name of Object.keys(work.sources)) built[name] = await work.build(name);
  const several = Object.keys(built).length > 1;
  const screen = new Screen();
  const say = isLive(work) ? (line: string) => screen.say(line) : (line: string) => context.say(line);
  const show = (line: string, component: string) => say(several ? `${colors.dim(`${component}:`)} ${line}` : line);
  const session = sessionOf(work.vnf, work.ports, built, { folder: temporary, paths, context: contextOf(options.context), signal, show });
  if (!isLive(work)) return session.run();
  const title = folder.replace(/\/$/, "");
  try {
    await session.begin();
    screen.say(`${title} is running; save its code and it is swapped in; Ctrl-C ends`);
    for (const line of hosts?.lines ?? []) screen.say(line);
    const end = await serve({ title, folder, sources: work.sources, session, screen, signal, build: work.build });
    screen.last(title, await session.look());
    return end;
  } finally {
    await session.close();
  }
}

async function once(context: Context, folder: string, options: Options, signal: AbortSignal): Promise<boolean> {
  const outcome = await runPackage(context, folder, options, signal);
  if (typeof outcome === "string") return true;
  context.print(outcomeJson(outcome), () => outcomeText(folder.replace(/\/$/, ""), outcome));
  return isClean(outcome);
}

function failed(thrown: unknown): void {
  const { message, more } = toFailure(thrown);
  process.stderr.write(`${colors.red("failed")}  ${message}\n${more ? `${more.trimEnd()}\n` : ""}`);
}

/** Runs again at each save, the run before given up if it still goes on; one that serves interfaces swaps code by itself. Ends with the signal. */
async function again(context: Context, folder: string, options: Options, hosts?: Hosts): Promise<void> {
  while (!context.signal.aborted) {
    const changes = new Changes(folder);
    const stop = () => changes.close();
    context.signal.addEventListener("abort", stop, { once: true });
    try {
      const signal = changes.begin();
      const end = await runPackage(context, folder, options, liveSignal(context, options, hosts, signal), hosts).catch((thrown) => (signal.aborted ? "stopped" : failed(thrown)));
      if (typeof end === "object") context.print(outcomeJson(end), () => outcomeText(folder.replace(/\/$/, ""), end));
      if (context.signal.aborted || end === "over") return;
      if (end === "again") continue;
      context.say(colors.dim("waiting for a change; Ctrl-C ends"));
      const [changed] = await changes.next();
      if (changed !== undefined) context.say(`\n${colors.dim(`${changed} was saved`)}`);
    } finally {
      context.signal.removeEventListener("abort", stop);
      changes.close();
    }
  }
}

/** A save ends a run of captures, and nothing else. */
const liveSignal = (context: Context, { port = [] }: Options, hosts: Hosts | undefined, saved: AbortSignal): AbortSignal =>
  hosts || port.some((word) => word.includes("=af_packet")) ? context.signal : saved;

export async function run(context: Context, [folder = ""]: string[], options: Options): Promise<number> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Failure(exit.failed, `there is no folder ${folder}; one file runs with: coven run`);
  if (!options.hosts) return options.once ? ((await once(context, folder, options, context.signal)) ? exit.done : exit.failed) : again(context, folder, options).then(() => exit.done);
  if (options.once || options.in !== undefined || options.out !== undefined) throw new Failure(exit.wrongUse, "--hosts sends its own packets: it goes with neither --in, --out nor --once");
  const code = await inNamespaces();
  if (code !== undefined) return code;
  const hosts = await openHosts();
  try {
    await again(context, folder, options, hosts);
    return exit.done;
  } finally {
    hosts.remove();
  }
}
