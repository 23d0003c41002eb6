import type { Context } from "../context.ts";
import { run as rules } from "./nsh-rules.ts";

export const run = (context: Context, [name = "", ...role]: string[]): Promise<void> => rules(context, [name], { role });
