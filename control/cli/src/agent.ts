/** What the agent commands share. */
import type { Schemas } from "@coven/client";
import type { Context } from "./context.ts";
import { closest } from "./closest.ts";
import { exit, Failure } from "./exit.ts";
import { findInstance } from "./find.ts";

export type Agent = Schemas["Agent"];

/** `{ params: { path } }` of an item; a component that there is not gets a suggestion. */
export async function itemPath(context: Context, [name = "", component = "", item = ""]: string[]) {
  const { id, components } = await findInstance(context, name);
  const names = components.map((each) => each.name);
  if (!names.includes(component)) {
    const near = closest(component, names);
    throw new Failure(exit.failed, `${name} has no component ${component}; ${near ? `did you mean ${near}?` : `it has: ${names.join(", ")}`}`, { reason: "NOT_FOUND" });
  }
  return { params: { path: { id, component, item } } };
}

export const shown = (value: unknown): string => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));
