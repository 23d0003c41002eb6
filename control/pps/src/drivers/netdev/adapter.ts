/** The adapter between channel and interfaces (sdk/adapters/netdev), and whether it can work on this host. */
import { existsSync } from "node:fs";
import type { Component, Fingerprint, Prepared } from "@coven/contract";
import { runTool } from "../../tool.ts";

/** What an adapter needs and this host lacks, with what to do about it; or nothing. It is tried: namespaces, interfaces, a program among them. */
export async function adapterProblem(adapter: string): Promise<string | undefined> {
  if (!existsSync(adapter)) return `the adapter is not built: there is no ${adapter}`;
  const tried = await runTool(adapter, ["--try", "--command", "1", "true"]);
  return tried.code === 0 ? undefined : tried.output.trim().replace(/^component: /, "").split("\n")[0] || "the adapter fails without a word";
}

export const usableIf = (problem: string | undefined, version: string | null): Fingerprint => ({ usable: problem === undefined, version, reason: problem ?? null });

export interface Run { setup?: string[] | undefined; command?: string[] | undefined; tap?: boolean | undefined; nsh?: boolean; handlers?: boolean }

/** A program behind interfaces works on the context as soon as it states one (spec/vnf-package.md): it gets it as an NSH before each packet. */
export const seesContext = ({ context }: Component): boolean => context !== undefined;

/** The adapter's command line: each list of words after their number. */
export function adapterCommand(adapter: string, { setup, command, tap, nsh, handlers }: Run): Prepared["command"] {
  const list = (option: string, words: string[] | undefined) => (words ? [option, String(words.length), ...words] : []);
  return [adapter, ...(tap ? ["--tap"] : []), ...(nsh ? ["--nsh"] : []), ...(handlers ? ["--handlers"] : []), ...list("--setup", setup), ...list("--command", command)];
}
