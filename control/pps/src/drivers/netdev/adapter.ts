/** The adapter between channel and interfaces (sdk/adapters/netdev), and whether it can work on this host. */
import { accessSync, constants, existsSync } from "node:fs";
import type { Fingerprint, Prepared } from "@coven/contract";
import { runTool } from "../../tool.ts";

const device = "/dev/net/tun";

/** What an adapter needs and this host lacks, with what to do about it; or nothing. */
export async function adapterProblem(adapter: string): Promise<string | undefined> {
  if (!existsSync(adapter)) return `the adapter is not built: there is no ${adapter}`;
  if (!existsSync(device)) return `there is no ${device}: load the module tun (modprobe tun), or give the container the device`;
  if (!mayWrite(device)) return `${device} is not open to this user: chmod 0666 ${device}, as Debian has it`;
  const tried = await runTool("unshare", process.getuid?.() === 0 ? ["--net", "--pid", "--fork", "true"] : ["--user", "--map-root-user", "--net", "--pid", "--fork", "true"]);
  if (tried.code === 0) return undefined;
  if (tried.code === 127) return "unshare is missing, so it can't be told whether namespaces are allowed: install util-linux";
  return "no network namespaces for this user: raise user.max_user_namespaces (and kernel.unprivileged_userns_clone, where there is one), or run as root";
}

function mayWrite(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export const usableIf = (problem: string | undefined, version: string | null): Fingerprint => ({ usable: problem === undefined, version, reason: problem ?? null });

export interface Run { setup?: string[] | undefined; command?: string[] | undefined; tap?: boolean | undefined; handlers?: boolean }

/** The adapter's command line: each list of words after their number. */
export function adapterCommand(adapter: string, { setup, command, tap, handlers }: Run): Prepared["command"] {
  const list = (option: string, words: string[] | undefined) => (words ? [option, String(words.length), ...words] : []);
  return [adapter, ...(tap ? ["--tap"] : []), ...(handlers ? ["--handlers"] : []), ...list("--setup", setup), ...list("--command", command)];
}
