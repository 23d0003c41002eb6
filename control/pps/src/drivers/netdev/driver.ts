/** Framework `netdev`: any program that knows only network interfaces, unmodified, run in a namespace where there are `in` and one for each output. */
import { release } from "node:os";
import type { Component, PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, refuseArtifact, sourceName } from "../../source.ts";
import { libcovenTasks } from "../../tasks.ts";
import { runTool } from "../../tool.ts";
import { filled, findProgram } from "../../words.ts";
import { adapterCommand, adapterProblem, seesContext, usableIf } from "./adapter.ts";

export function netdevDriver(paths: PlatformPaths): PpsDriver {
  return {
    name: "netdev",
    fingerprint: async () => usableIf(await adapterProblem(paths.netdev), `Linux ${release()}`),
    async prepare(component, name, source, folder) {
      refuseArtifact(component, name);
      const fill = filled({ out: folder, source, name });
      await buildProgram(component, name, source, fill);
      const [setup, command] = [component.setup, component.command].map((words) => words && runnable(words.map(fill), name, source));
      return { command: adapterCommand(paths.netdev, { setup, command, tap: component.tap, nsh: seesContext(component) }), cwd: source, env: {} };
    },
    ...libcovenTasks,
  };
}

async function buildProgram(component: Component, name: string, source: string, fill: (word: string) => string): Promise<void> {
  if (!component.build) return;
  const [program = "", ...words] = runnable(component.build.map(fill), name, source);
  const done = await runTool(program, words, { cwd: source, timeout_ms: 120_000 });
  if (done.code === 0) return;
  const lines = done.output.split("\n").filter(Boolean);
  const line = lines.find((text) => /^[^\s:]+:\d+:.*error/i.test(text)) ?? lines.at(-1) ?? `${program} failed without a word`;
  throw compileFailed(name, `${sourceName(component, source)}/${line}`, done.output);
}

function runnable([program = "", ...words]: string[], name: string, source: string): string[] {
  const found = findProgram(program, source);
  if (found === undefined) throw compileFailed(name, `there is no program ${program}, neither in the package nor on this host's PATH`);
  return [found, ...words];
}
