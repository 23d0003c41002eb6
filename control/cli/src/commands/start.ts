import type { Context } from "../context.ts";
import { findInstance } from "../find.ts";
import { operate } from "../operation.ts";

export async function run(context: Context, [name = ""]: string[]): Promise<void> {
  const instance = await findInstance(context, name);
  await operate(context, instance.id, "STARTED");
  context.print({ id: instance.id, name: instance.name, state: "running" }, () => `${instance.name} runs`);
}
