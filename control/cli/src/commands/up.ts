import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { bundle } from "../place.ts";
import { runNode } from "../program.ts";

const answer_ms_max = 30_000;

const daemonOf = ({ client }: Context) => client.call(client.rest.GET("/coven/v1/daemon"));

/** `undefined` while none answers. */
export const runningDaemon = (context: Context) =>
  daemonOf(context).catch((error) => {
    if (error.name === "Unreachable") return undefined;
    throw error;
  });

interface Options { listen?: string; state?: string; foreground?: boolean }

const argumentsOf = (context: Context, { listen, state, foreground }: Options): string[] => [
  bundle("covend", "the daemon"),
  ...["--folder", context.folder],
  ...(listen === undefined ? [] : ["--listen", listen]),
  ...(state === undefined ? [] : ["--state", state]),
  ...(foreground ? ["--foreground"] : []),
];

/** Detached, in its own session; what it says before its log is open goes to a file. */
function launch(context: Context, options: Options) {
  const args = argumentsOf(context, options);
  mkdirSync(context.folder, { recursive: true, mode: 0o700 });
  const said = join(context.folder, "covend.start");
  const fd = openSync(said, "w", 0o600);
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "ignore", fd], cwd: "/" });
  closeSync(fd);
  child.unref();
  return { child, said };
}

export async function run(context: Context, _args: string[], options: Options): Promise<number> {
  context.needsLocal("coven up");
  const before = await runningDaemon(context);
  if (before) {
    context.print(before, () => `covend runs already (pid ${before.pid}, ${context.folder})`);
    return exit.done;
  }
  if (options.foreground) return runNode(context, "the daemon", argumentsOf(context, options));
  const launched = launch(context, options);
  const daemon = await untilItAnswers(context, launched);
  rmSync(launched.said, { force: true });
  context.print(daemon, () => `covend runs (pid ${daemon.pid}, ${context.folder})`);
  return exit.done;
}

async function untilItAnswers(context: Context, { child, said }: ReturnType<typeof launch>) {
  let problem: string | undefined;
  child.once("error", (error) => (problem = `the daemon can't be started: ${error.message}`));
  child.once("exit", (code, signal) => (problem = `the daemon ended at once (${signal ?? `exit code ${code}`})`));
  for (const until = Date.now() + answer_ms_max; Date.now() < until; await context.pause(50)) {
    if (problem !== undefined) throw new Failure(exit.failed, problem, { more: readFileSync(said, "utf8") });
    const daemon = await runningDaemon(context);
    if (daemon) return daemon;
  }
  throw new Failure(exit.failed, `the daemon does not answer within ${answer_ms_max / 1000} s; see ${join(context.folder, "covend.log")}`);
}
