import { itemPath, shown } from "../agent.ts";
import type { Context } from "../context.ts";

export async function run(context: Context, args: string[]): Promise<void> {
  const { client } = context;
  const path = await itemPath(context, args);
  const argument = args.slice(3).join(" ");
  const answer = await client.call(client.rest.POST("/coven/v1/instances/{id}/agents/{component}/{item}", { ...path, body: argument ? { argument } : {} }));
  context.print(answer, () => shown(answer.result));
}
