/** Programs that a driver calls to check or compile: bounded in time and output. */
import { execFile } from "node:child_process";

export interface ToolResult { code: number; output: string }
const output_max = 1 << 20;

/** Standard error first, then standard output. A program that is not there gives code 127, one that takes too long 124, as a shell would. */
export function runTool(program: string, words: readonly string[], options: { cwd?: string; env?: Record<string, string>; timeout_ms?: number } = {}): Promise<ToolResult> {
  const timeout = options.timeout_ms ?? 10_000;
  const env = { ...process.env, LC_ALL: "C.UTF-8", ...options.env };
  return new Promise((resolve) => {
    execFile(program, words, { env, timeout, maxBuffer: output_max, killSignal: "SIGKILL", ...(options.cwd && { cwd: options.cwd }) }, (error, out, text) => {
      const output = `${text}${out}`;
      if (!error) return resolve({ code: 0, output });
      if (error.code === "ENOENT") return resolve({ code: 127, output: `${program}: not found` });
      if (error.killed) return resolve({ code: 124, output: `${output}\n${program} took longer than ${timeout / 1000} s` });
      resolve({ code: typeof error.code === "number" ? error.code : 1, output: output || error.message });
    });
  });
}
