/** Skips: found in what suites print, and on CI held against the committed list, tools/house/skips.txt. */
import { stripVTControlCharacters } from "node:util";

/** One skip is `suite: name`, or `suite: name: reason`. vitest colours what tests print, also into a pipe. */
export const skipsIn = (suite: string, output: string): string[] => [...stripVTControlCharacters(output).matchAll(/^\s*SKIP(?:PED)? (.+)$/gm)].map((match) => `${suite}: ${match[1]}`);

export interface Listed { name: string; why: string }

/** Lines `name: why`; those that begin with # are comments. */
export function readList(text: string): Listed[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name, why] = /^(.+?): (.+)$/.exec(line) ?? [];
    if (!name || !why) throw new Error(`skips.txt: "${line}" has to be "name: why"`);
    return { name, why };
  });
}

/** A listed name stands for every skip that begins with it, whatever the suite. */
export function judge(skips: readonly string[], list: readonly Listed[]): { unlisted: string[]; unseen: Listed[] } {
  const matches = (skip: string, { name }: Listed) => {
    const own = skip.slice(skip.indexOf(": ") + 2);
    return own.startsWith(name) && !/^\w/.test(own.slice(name.length));
  };
  return {
    unlisted: skips.filter((skip) => !list.some((one) => matches(skip, one))),
    unseen: list.filter((one) => !skips.some((skip) => matches(skip, one))),
  };
}
