import type { Context } from "../context.ts";
import { findInstance } from "../find.ts";
import { flowText, readFields, readFlow, valuesText } from "../nsh.ts";
import { table } from "../text.ts";

export async function run(context: Context, [name = "", path = "", ...words]: string[], { flow }: { flow?: string }): Promise<void> {
  const body = { fields: readFields(words), ...(flow !== undefined && { flow: readFlow(flow) }) };
  const { client } = context;
  const { id } = await findInstance(context, name);
  const sets = await client.call(client.rest.PUT("/coven/v1/instances/{id}/nsh/contexts/{path}", { params: { path: { id, path } }, body }));
  const rows = () => sets.map(({ path, flow, fields }) => [path, flow ? flowText(flow) : "all", valuesText(fields)]);
  context.print(sets, () => (sets.length === 0 ? "nothing is set" : table(["set for", "flow", "fields"], rows())));
}
