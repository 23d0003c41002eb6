/** Runs a program of this repository in the foreground, with the terminal; its exit code is ours. */
import { spawn } from "node:child_process";
import type { Context } from "./context.ts";
import { exit, Failure } from "./exit.ts";
import { bundle } from "./place.ts";

export function runProgram(context: Context, name: string, what: string, args: string[]): Promise<number> {
  const json = context.json ? ["--json"] : [];
  const child = spawn(process.execPath, [bundle(name, what), ...args, ...json], { stdio: "inherit", env: { ...process.env, COVEN_RUN: context.folder } });
  context.signal.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(exit.failed, `${what} can't be started: ${error.message}`)));
    child.once("exit", (code) => resolve(code ?? exit.failed));
  });
}
