import type { Context } from "../context.ts";
import { runProgram } from "../program.ts";

/** By its first word; without one, the case study. */
const demos: Record<string, readonly string[]> = { sfc: ["examples/sfc/demo/main.ts", "demo/sfc/main.ts"] };
const usual = ["examples/l7-firewall/demo/main.ts", "demo/main.ts"];

export function run(context: Context, args: string[]): Promise<number> {
  const [name = ""] = args;
  const named = Object.hasOwn(demos, name) ? demos[name] : undefined;
  return runProgram(context, "the demonstration", named ?? usual, named ? args.slice(1) : args);
}
