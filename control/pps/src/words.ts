/** Command lines that packages and frameworks from outside of the tree write: placeholders, and where the program is. */
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { hostArchitecture } from "./drivers/c/artifact.ts";

/** `{out}/forward` with its value in place; `{arch}` is always known. What is no placeholder stays as it is. */
export const filled =
  (values: Record<string, string>) =>
  (word: string): string =>
    word.replace(/\{([a-z]+)\}/g, (whole, key: string) => values[key] ?? (key === "arch" ? hostArchitecture() : whole));

/** A word with a slash is a file, relative to the source folder; another is looked for there, then on the PATH, and stays as it is. */
export function findProgram(program: string, source: string): string | undefined {
  const own = resolve(source, program);
  if (existsSync(own)) return own;
  if (program.includes("/")) return undefined;
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program))) ? program : undefined;
}
