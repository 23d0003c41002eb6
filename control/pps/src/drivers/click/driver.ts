/** Framework `click`: a Click configuration as it is, FromDevice(in) and ToDevice(out), by the user-level Click of this host; its handlers are the component's agent. */
import type { PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, entryOf, refuseArtifact, sourceName } from "../../source.ts";
import { libcovenTasks } from "../../tasks.ts";
import { runTool } from "../../tool.ts";
import { adapterCommand, adapterProblem, seesContext, usableIf } from "../netdev/adapter.ts";

const program = () => process.env.COVEN_CLICK ?? "click";
const advice = "build one of the Click modular router (configure --disable-linuxmodule) and put it on the PATH, or set COVEN_CLICK to it";

export function clickDriver(paths: PlatformPaths): PpsDriver {
  return {
    name: "click",
    async fingerprint() {
      const asked = await runTool(program(), ["--version"]);
      if (asked.code === 127) return { usable: false, version: null, reason: `there is no Click (${program()}): ${advice}` };
      // Others are called click too: Debian's tool for Click packages, the examples of Python's library.
      const version = /^click \(Click\) (\S+)/m.exec(asked.output)?.[1];
      if (version === undefined) return { usable: false, version: null, reason: `${program()} is another program of that name (it says: ${firstLine(asked.output)}): ${advice}` };
      return usableIf(await adapterProblem(paths.netdev), version);
    },
    async prepare(component, name, source) {
      refuseArtifact(component, name);
      const entry = entryOf(component, name, source, "main.click");
      const outputs = ["out", ...(component.outputs ?? []).filter((output) => output !== "out")];
      const tried = await runTool(paths.netdev, ["--try", ...["--command", "3", program(), "--quit", entry]], { cwd: source, env: { COVEN_NAME: name, COVEN_OUTPUTS: outputs.join(",") } });
      if (tried.code !== 0) throw compileFailed(name, `${sourceName(component, source)}/${firstError(tried.output)}`, tried.output);
      return { command: adapterCommand(paths.netdev, { command: [program(), "--unix-socket", "{control}", entry], nsh: seesContext(component), handlers: true }), cwd: source, env: {} };
    },
    ...libcovenTasks,
  };
}

const firstLine = (output: string) => output.trim().split("\n")[0] ?? "";

/** `main.click:3: While configuring ...` is a heading, and what is wrong stands below it, indented. */
function firstError(output: string): string {
  const lines = output.split("\n").filter(Boolean);
  const at = lines.findIndex((line) => /^[^\s:]+:\d+:/.test(line));
  if (at < 0) return lines[0] ?? "Click refused it without a word";
  const below = /^\s+(.*)/.exec(lines[at + 1] ?? "")?.[1];
  return [lines[at], ...(/While /.test(lines[at] ?? "") && below ? [below] : [])].join(" ");
}
