import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { nameRule } from "@coven/contract";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { home } from "../place.ts";
import { writeSample } from "../session/sample.ts";

/** What the files of template/common leave open, by the language's folder beside it. */
const templates: Record<string, { FRAMEWORK: string; LANGUAGE: string; MAIN: string; TEST: string }> = {
  ts: { FRAMEWORK: "typescript", LANGUAGE: "TypeScript", MAIN: "filter/main.ts", TEST: "test/filter.test.ts" },
  js: { FRAMEWORK: "javascript", LANGUAGE: "JavaScript", MAIN: "filter/main.js", TEST: "test/filter.test.js" },
  python: { FRAMEWORK: "python", LANGUAGE: "Python", MAIN: "filter/main.py", TEST: "test/test_filter.py" },
  c: { FRAMEWORK: "c", LANGUAGE: "C", MAIN: "filter/main.c", TEST: "test/filter_test.c" },
  cpp: { FRAMEWORK: "cpp", LANGUAGE: "C++", MAIN: "filter/main.cc", TEST: "test/filter_test.cc" },
  java: { FRAMEWORK: "java", LANGUAGE: "Java", MAIN: "filter/Main.java", TEST: "test/FilterTest.java" },
  rust: { FRAMEWORK: "rust", LANGUAGE: "Rust", MAIN: "filter/main.rs", TEST: "test/filter_test.rs" },
};
const otherNames: Record<string, string> = { typescript: "ts", javascript: "js", py: "python", "c++": "cpp", rs: "rust" };
export const languages: readonly string[] = Object.keys(templates);

interface Template { folders: string[]; values: Record<string, string> }

function templateOf(language: string): Template {
  const key = otherNames[language] ?? language;
  const values = templates[key];
  if (values === undefined) throw new Failure(exit.wrongUse, `--lang ${language}: there are templates in ${languages.join(", ")}`);
  const folders = ["common", key].map((name) => join(home(), "control/cli/template", name));
  for (const folder of folders) if (!existsSync(folder)) throw new Failure(exit.nothing, `the template is not there: ${folder}`, { reason: "NOT_BUILT" });
  return { folders, values };
}

/** Files of the new package, relative to it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

function fill(folder: string, values: Record<string, string>): void {
  for (const file of filesIn(folder)) {
    const path = join(folder, file);
    chmodSync(path, 0o644); // a platform that is installed may be read-only
    writeFileSync(path, readFileSync(path, "utf8").replace(/@([A-Z]+)@/g, (whole, key) => values[key] ?? whole));
  }
}

export async function run(context: Context, [path = ""]: string[], { lang = "ts" }: { lang?: string }): Promise<void> {
  const { folders, values } = templateOf(lang);
  const name = basename(resolve(path));
  if (!new RegExp(nameRule).test(name)) throw new Failure(exit.wrongUse, `${name}: a VNF's name is a small letter, then small letters, digits and hyphens`);
  if (existsSync(path)) throw new Failure(exit.failed, `there is something at ${path} already`);
  for (const folder of folders) cpSync(folder, path, { recursive: true });
  fill(path, { ...values, NAME: name });
  writeSample(join(path, "sample.pcap"));
  const files = filesIn(path);
  context.print({ name, folder: path, files }, () => [`${path} is there; try: coven dev ${path} --in ${join(path, "sample.pcap")}`, ...files.map((file) => `  ${file}`)].join("\n"));
}
