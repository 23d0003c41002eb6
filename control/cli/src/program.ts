/** Runs another program of the platform in the foreground, with the terminal; its exit code is ours. */
import { spawn } from "node:child_process";
import type { Context } from "./context.ts";
import { exit, Failure } from "./exit.ts";
import { script } from "./place.ts";

/** `args` are Node's. */
export function runNode(context: Context, what: string, args: string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, COVEN_RUN: context.folder } });
  context.signal.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(exit.failed, `${what} can't be started: ${error.message}`)));
    child.once("exit", (code) => resolve(code ?? exit.failed));
  });
}

/** One of the TypeScript programs of this repository, the first of `files` that there is. */
export const runProgram = (context: Context, what: string, files: readonly string[], args: string[]): Promise<number> =>
  runNode(context, what, [...script(what, files), ...args, ...(context.json ? ["--json"] : [])]);
