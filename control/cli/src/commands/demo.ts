import type { Context } from "../context.ts";
import { runProgram } from "../program.ts";

export const run = (context: Context, args: string[]): Promise<number> => runProgram(context, "the demonstration", ["examples/l7-firewall/demo/main.ts", "demo/main.ts"], args);
