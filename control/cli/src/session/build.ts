/** From source to something that can be started: by the drivers of the platform, in a folder that is thrown away. */
import { mkdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Component, CovenError, type Framework, type PpsDriver, type Prepared } from "@coven/contract";
import { allDrivers, type PlatformPaths } from "@coven/pps";

/** One component of a session: where its code is. */
export interface Source {
  component: Component;
  /** Folder of the code; `component.entry` names a file there. */
  folder: string;
}
export interface Built {
  driver: PpsDriver;
  prepared: Prepared;
  /** Paths in what it prints, and how the author knows them. */
  paths: (readonly [string, string])[];
}

export const frameworkOf: Record<string, Framework> = { ".ts": "typescript", ".mts": "typescript", ".js": "javascript", ".mjs": "javascript", ".py": "python", ".c": "c", ".cpp": "cpp", ".cc": "cpp", ".java": "java", ".rs": "rust" };

export async function build(name: string, { component, folder }: Source, into: string, paths: PlatformPaths): Promise<Built> {
  const driver = allDrivers(paths)[component.framework];
  if (!driver) throw new CovenError("FRAMEWORK_MISSING", [component.framework, "no driver is known by that name"]);
  const { usable, reason } = await driver.fingerprint();
  if (!usable) throw new CovenError("FRAMEWORK_MISSING", [component.framework, reason ?? "it does not say why"]);
  mkdirSync(into);
  return { driver, prepared: await driver.prepare(component, name, folder, into), paths: [[`file://${folder}/`, ""], [`${folder}/`, ""]] };
}

/** These take every file of a folder: one file has to stand alone. Python finds its neighbours all the same. */
const ofFolders: readonly Framework[] = ["python", "java"];

/** One file as a component, or one function of it. */
export function sourceOf(file: string, framework: Framework, into: string, routine?: string): { source: Source; paths: Built["paths"] } {
  const [folder, entry] = [dirname(resolve(file)), basename(file)];
  const component = { framework, entry, creates: true, source: dirname(file), ...(routine && { routine }) };
  if (!ofFolders.includes(framework) && !routine) return { source: { component, folder }, paths: [[`${folder}/`, shownFolder(file)]] };
  const alone = join(into, "alone");
  mkdirSync(alone);
  symlinkSync(resolve(file), join(alone, entry));
  return { source: { component, folder: alone }, paths: [[`${alone}/`, shownFolder(file)], [`${folder}/`, shownFolder(file)]] };
}

const shownFolder = (file: string) => (dirname(file) === "." ? "" : `${dirname(file)}/`);
