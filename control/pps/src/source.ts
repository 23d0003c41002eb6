/** What drivers ask of a component's source folder. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join, normalize } from "node:path";
import { type Component, CovenError } from "@coven/contract";

const files_max = 10_000;

/** The folder as its author names it: messages say `analyzer/main.py:3`, whatever place the package was unpacked to. */
export function sourceName(component: Component, source: string): string {
  return normalize(component.source ?? basename(source)).replace(/\/$/, "");
}

export function compileFailed(name: string, what: string, output?: string): CovenError {
  return new CovenError("COMPILE_FAILED", [name, what], output?.slice(0, 65_536));
}

/** The file that the component begins with; it has to be there. */
export function entryOf(component: Component, name: string, source: string, usual: string): string {
  const entry = component.entry ?? usual;
  if (!existsSync(join(source, entry))) throw compileFailed(name, `${sourceName(component, source)}/${entry}: there is no such file; "entry" names the file to begin with`);
  return entry;
}

/** An interpreter needs its source on every architecture. */
export function refuseArtifact(component: Component, name: string): void {
  if (component.artifact) throw compileFailed(name, `framework ${component.framework} takes no prebuilt artifact: give it a source folder`);
}

/** Files below `source` that end in `ending`, relative to it, sorted. */
export function filesIn(source: string, ending: string): string[] {
  const all = readdirSync(source, { recursive: true, encoding: "utf8" });
  return all.filter((file) => file.endsWith(ending)).sort().slice(0, files_max);
}
