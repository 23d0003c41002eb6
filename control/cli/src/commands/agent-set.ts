import { itemPath, shown } from "../agent.ts";
import type { Context } from "../context.ts";

/** A number or a boolean where it is one, else text; "quoted": text in any case. */
export function scalar(text: string): number | string | boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  } catch {
    // not JSON, so text
  }
  return text;
}

export async function run(context: Context, args: string[]): Promise<void> {
  const { client } = context;
  const path = await itemPath(context, args);
  const answer = await client.call(client.rest.PUT("/coven/v1/instances/{id}/agents/{component}/{item}", { ...path, body: { value: scalar(args[3] ?? "") } }));
  context.print(answer, () => shown(answer.value));
}
