/** Where the daemon keeps things, and its limits. */
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type BackOff, type PlatformPaths, platformPaths, usualBackOff } from "@coven/pps";

export interface ManagementOptions {
  /** Sockets of running instances. Default: COVEN_RUN, else XDG_RUNTIME_DIR/coven, else /run/coven for root, else /tmp/coven-<uid>. */
  runFolder?: string;
  /** Database, packages, logs. Default: COVEN_STATE, else /var/lib/coven for root, else XDG_STATE_HOME/coven. */
  stateFolder?: string;
  paths?: PlatformPaths;
  version?: string;
  /** Tests: the step of a deployment that is made to fail once it is done; of several, with commas between, each operation takes the next, and
   * all further ones the last. Default: COVEN_FAIL_AT. */
  failAt?: string;
  /** How long a component may take to attach. */
  attach_ms?: number;
  archive_bytes_max?: number;
  backOff?: BackOff;
  log?: (line: string) => void;
}
export type Settings = Required<Omit<ManagementOptions, "runFolder" | "stateFolder" | "failAt">> & { run: string; state: string; failAt: string | undefined };

/** sun_path of unix(7), less the closing zero. */
const socketPath_max = 107;
const longestSocket = "i/01234567/engine.sock";
const uid = process.getuid?.() ?? 0;

export function settingsFrom(options: ManagementOptions): Settings {
  const run = resolve(options.runFolder ?? usualRunFolder());
  if (Buffer.byteLength(join(run, longestSocket)) > socketPath_max) {
    throw new Error(`the runtime folder ${run} is too long: paths of unix sockets have at most ${socketPath_max} bytes; set COVEN_RUN to a shorter one`);
  }
  return {
    run,
    state: resolve(options.stateFolder ?? usualStateFolder()),
    paths: options.paths ?? platformPaths(),
    version: options.version ?? "0.1.0",
    failAt: options.failAt ?? process.env.COVEN_FAIL_AT,
    attach_ms: options.attach_ms ?? 10_000,
    archive_bytes_max: options.archive_bytes_max ?? 256 * 2 ** 20,
    backOff: options.backOff ?? usualBackOff,
    log: options.log ?? (() => {}),
  };
}

function usualRunFolder(): string {
  const { COVEN_RUN, XDG_RUNTIME_DIR } = process.env;
  if (COVEN_RUN) return COVEN_RUN;
  if (XDG_RUNTIME_DIR) return join(XDG_RUNTIME_DIR, "coven");
  return uid === 0 ? "/run/coven" : `/tmp/coven-${uid}`;
}

function usualStateFolder(): string {
  const { COVEN_STATE, XDG_STATE_HOME } = process.env;
  if (COVEN_STATE) return COVEN_STATE;
  return uid === 0 ? "/var/lib/coven" : join(XDG_STATE_HOME || join(homedir(), ".local/state"), "coven");
}

/** Ours alone: below /tmp somebody else may have been faster. */
export function privateFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${path} is not a folder of this user (${uid})`);
  if (found.mode & 0o077) chmodSync(path, 0o700);
  return path;
}
