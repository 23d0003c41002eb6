import type { Schemas } from "@coven/client";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { findInstance } from "../find.ts";
import { colors } from "../text.ts";

type Line = Schemas["LogLine"];
const poll_ms = 500;
const linesMax = 10_000;
/** Lines looked at in each poll: more than this within a poll are not seen. */
const windowLines = 2000;

/** The lines of `now` that came after `before`: the longest end of `before` that begins `now`, or stands in it, is what was seen. */
export function newLines(before: readonly string[], now: readonly string[]): string[] {
  for (let start = Math.max(0, before.length - now.length); start < before.length; start++) {
    const seen = before.length - start;
    if (before.slice(start).every((line, index) => line === now[index])) return now.slice(seen);
  }
  return [...now];
}

function byComponent(lines: readonly Line[]): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const { component, text } of lines) {
    const group = grouped.get(component) ?? [];
    group.push(text);
    grouped.set(component, group);
  }
  return grouped;
}

function count(text: string | undefined): number {
  const lines = Number(text ?? 50);
  if (!Number.isInteger(lines) || lines < 0 || lines > linesMax) throw new Failure(exit.wrongUse, `-n ${text}: a number from 0 to ${linesMax} is needed`);
  return lines;
}

export async function run(context: Context, [name = "", component]: string[], options: { lines?: string; follow?: boolean }): Promise<void> {
  const tail = count(options.lines);
  const { client } = context;
  const { id, components } = await findInstance(context, name);
  if (component !== undefined && !components.some((each) => each.name === component)) {
    throw new Failure(exit.failed, `${name} has no component ${component}; it has: ${components.map((each) => each.name).join(", ")}`);
  }
  const read = (lines: number) => client.call(client.rest.GET("/coven/v1/instances/{id}/logs", { params: { path: { id }, query: { tail: lines, ...(component ? { component } : {}) } } }));
  const show = (from: string, text: string) => process.stdout.write(context.json ? `${JSON.stringify({ component: from, text })}\n` : component ? `${text}\n` : `${colors.cyan(from)}  ${text}\n`);
  if (!options.follow) {
    const lines = await read(tail);
    if (context.json) context.print(lines, () => "");
    else for (const line of lines) show(line.component, line.text);
    return;
  }
  let before = byComponent(await read(windowLines));
  for (const [from, lines] of before) for (const line of tail === 0 ? [] : lines.slice(-tail)) show(from, line);
  while (!context.signal.aborted) {
    await context.pause(poll_ms).catch(() => undefined);
    if (context.signal.aborted) return;
    const now = byComponent(await read(windowLines));
    for (const [from, lines] of now) for (const line of newLines(before.get(from) ?? [], lines)) show(from, line);
    before = now;
  }
}
