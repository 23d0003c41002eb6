import { join } from "node:path";
import type { Context } from "../context.ts";
import { home } from "../place.ts";

export async function run(context: Context): Promise<void> {
  const folder = join(home(), "sdk");
  context.print({ folder }, () => folder);
}
