import type { Context } from "../context.ts";
import { runProgram } from "../program.ts";

export const run = (context: Context, args: string[]): Promise<number> => runProgram(context, "the benchmark", ["bench/src/main.ts", "bench/main.ts"], args);
