import { itemPath, shown } from "../agent.ts";
import type { Context } from "../context.ts";

export async function run(context: Context, args: string[]): Promise<void> {
  const { client } = context;
  const path = await itemPath(context, args);
  const answer = await client.call(client.rest.GET("/coven/v1/instances/{id}/agents/{component}/{item}", path));
  context.print(answer, () => shown(answer.value));
}
