import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { findInstance } from "../find.ts";
import { flowText, type Nsh, valuesText } from "../nsh.ts";
import { colors, table } from "../text.ts";

const watch_ms = 1000;
const usualFlows = "16";

function text({ paths, flows, sets, watched_ms }: Nsh): string {
  const sight = ({ packets, came, left }: Nsh["paths"][number] | Nsh["flows"][number]) => [String(packets), valuesText(came), valuesText(left)];
  const row = (path: Nsh["paths"][number]) => [path.path ?? "-", `${path.spi}`, `${path.si}`, path.role ?? "-", path.layout ?? "-", ...sight(path)];
  const parts = [
    `seen for ${(watched_ms / 1000).toFixed(1)} s`,
    table(["path", ">spi", ">si", "role", "layout", ">packets", "context that came", "context that left"], paths.map(row)),
    ...paths.filter(({ path }) => path !== null).map(pathText),
  ];
  if (flows.length > 0) parts.push(table(["flow", "path", ">packets", "context that came", "context that left"], flows.map((flow) => [flowText(flow.flow), flow.path ?? "-", ...sight(flow)])));
  if (sets.length > 0) parts.push(table(["set for", "flow", "fields"], sets.map(({ path, flow, fields }) => [path, flow ? flowText(flow) : "all", valuesText(fields)])));
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The layout, and who works by it. */
function pathText({ path, fields, layout, components }: Nsh["paths"][number]): string {
  if (layout === null) return "";
  const who = components.map(({ name, context }) => `${name} (${context ?? "does not say"})`).join(", ");
  return `${colors.dim(`${path}:`)} ${fields.map(({ field, bits }) => `${field}:${bits}`).join(" ")}${who ? `; ${who}` : ""}`;
}

export async function run(context: Context, [name = ""]: string[], { flows = usualFlows, watch }: { flows?: string; watch?: boolean }): Promise<void> {
  if (!/^\d{1,4}$/.test(flows)) throw new Failure(exit.wrongUse, `--flows ${flows}: it takes a number up to 1024`);
  const { client } = context;
  const { id } = await findInstance(context, name);
  const look = async (clear: string) => {
    const seen = await client.call(client.rest.GET("/coven/v1/instances/{id}/nsh", { params: { path: { id }, query: { flows: Number(flows) } } }));
    context.print(seen, () => clear + text(seen));
  };
  const clear = watch && process.stdout.isTTY ? "\u001b[H\u001b[2J" : "";
  await look(clear);
  while (watch && !context.signal.aborted) {
    await context.pause(watch_ms).catch(() => undefined);
    if (!context.signal.aborted) await look(clear);
  }
}
