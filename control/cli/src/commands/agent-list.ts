import { type Agent, shown } from "../agent.ts";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { findInstance } from "../find.ts";
import { table } from "../text.ts";

function rows(agent: Agent): string[][] {
  if (!agent.reachable) return [[agent.component, "-", "", "", "", agent.problem ?? "does not answer"]];
  return agent.items.map((item) => [agent.component, item.name, item.kind, item.value === undefined ? "" : shown(item.value), item.unit, item.help]);
}

/** How the NSH context is laid out that it works on; `nsh show` tells what packets carry. */
const contextOf = ({ component, context }: Agent): string[] => (context ? [`${component} works on the NSH context ${context.map(({ field, bits }) => `${field}:${bits}`).join(" ")}`] : []);

export async function run(context: Context, [name = "", component]: string[]): Promise<void> {
  const { client } = context;
  const { id } = await findInstance(context, name);
  const all = await client.call(client.rest.GET("/coven/v1/instances/{id}/agents", { params: { path: { id } } }));
  const agents = all.filter((agent) => component === undefined || agent.component === component);
  if (component !== undefined && agents.length === 0) throw new Failure(exit.failed, `${name} has no component ${component}; it has: ${all.map((agent) => agent.component).join(", ")}`);
  context.print(agents, () => [table(["component", "item", "kind", "value", "unit", "help"], agents.flatMap(rows)), ...agents.flatMap(contextOf)].join("\n"));
}
