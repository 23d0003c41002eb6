import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { nameRule } from "@coven/contract";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { home } from "../place.ts";
import { writeSample } from "../session/sample.ts";

const templates: Record<string, string> = { ts: "sdk/node/template/typescript", js: "sdk/node/template/javascript", python: "sdk/python/template", c: "sdk/c/template" };
const otherNames: Record<string, string> = { typescript: "ts", javascript: "js", py: "python" };
/** The name that the templates have. */
const placeholder = "my-firewall";

function templateOf(language: string): string {
  const template = templates[otherNames[language] ?? language];
  if (template === undefined) throw new Failure(exit.wrongUse, `--lang ${language}: there are templates in ${Object.keys(templates).join(", ")}`);
  const folder = join(home(), template);
  if (!existsSync(folder)) throw new Failure(exit.nothing, `the template is not there: ${folder}`, { reason: "NOT_BUILT" });
  return folder;
}

/** Files of the new package, relative to it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

function rename(folder: string, name: string): void {
  for (const file of filesIn(folder)) {
    const path = join(folder, file);
    chmodSync(path, 0o644); // a platform that is installed may be read-only
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(placeholder, name));
  }
}

export async function run(context: Context, [path = ""]: string[], { lang = "ts" }: { lang?: string }): Promise<void> {
  const template = templateOf(lang);
  const name = basename(resolve(path));
  if (!new RegExp(nameRule).test(name)) throw new Failure(exit.wrongUse, `${name}: a VNF's name is a small letter, then small letters, digits and hyphens`);
  if (existsSync(path)) throw new Failure(exit.failed, `there is something at ${path} already`);
  cpSync(template, path, { recursive: true, filter: (source) => !/(__pycache__|node_modules|\/build)$/.test(source) });
  rename(path, name);
  writeSample(join(path, "sample.pcap"));
  const files = filesIn(path);
  context.print({ name, folder: path, files }, () => [`${path} is there; try: coven dev ${path} --in ${join(path, "sample.pcap")}`, ...files.map((file) => `  ${file}`)].join("\n"));
}
