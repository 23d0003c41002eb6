/** Writes what is made from the contracts in spec/: the channel's constants for every language, and the JSON Schema of vnf.yaml.
 * `make generate` runs it; `make check` runs it and compares. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import { Vnf } from "../control/contract/src/vnf.ts";

const root = join(import.meta.dirname, "..");
const banner = "generated from spec/channel.toml by `make generate`; do not edit";

type Field = [offset: number, type: string];
type Layout = Record<string, Record<string, Field | number | string>> & { enum: Record<string, Record<string, number>> };

interface Constant { group: string; name: string; value: number | string; type: string }

/** Every constant of the layout, flat, in the order of the file. */
function constants(layout: Layout): Constant[] {
  const found: Constant[] = [];
  for (const [group, members] of Object.entries(layout)) {
    if (group === "enum") continue;
    for (const [name, value] of Object.entries(members)) {
      if (Array.isArray(value)) found.push({ group, name: `off_${name}`, value: value[0], type: value[1] });
      else found.push({ group, name, value, type: "u32" });
    }
  }
  for (const [group, members] of Object.entries(layout.enum))
    for (const [name, value] of Object.entries(members)) found.push({ group, name, value, type: "u32" });
  return found;
}

const symbol = (c: Constant) => `${c.group}_${c.name}`.toUpperCase();
/** The magic as the little-endian u64 that its bytes are. */
const magic = (text: string) => `0x${[...Buffer.from(text, "ascii")].reverse().map((b) => b.toString(16).padStart(2, "0")).join("")}`;
const isMagic = (c: Constant) => typeof c.value === "string";
const names = (members: Record<string, number>) => Object.entries(members);

function c(all: Constant[], enums: Layout["enum"]): string {
  const lines = all.map((k) => `#define COVEN_${symbol(k)} ${isMagic(k) ? `${magic(String(k.value))}ULL` : `${k.value}u`}`);
  const tables = ["reason", "counter", "error"].map((group) => {
    const rows = names(enums[group] ?? {}).map(([name, value]) => `    X(${value}, "${name}")`);
    return `#define COVEN_${group.toUpperCase()}_NAMES(X) \\\n${rows.join(" \\\n")}`;
  });
  return `/* ${banner} */\n#ifndef COVEN_LAYOUT_H\n#define COVEN_LAYOUT_H\n${lines.join("\n")}\n\n${tables.join("\n\n")}\n#endif\n`;
}

function rust(all: Constant[], enums: Layout["enum"]): string {
  const lines = all.map((k) => `pub const ${symbol(k)}: ${isMagic(k) ? `u64 = ${magic(String(k.value))}` : `u32 = ${k.value}`};`);
  const tables = ["reason", "counter", "error", "slot_state"].map((group) => {
    const rows = names(enums[group] ?? {}).map(([name, value]) => `    (${value}, "${name}"),`);
    return `/// Number and name of every member.\npub const ${group.toUpperCase()}_NAMES: &[(u32, &str)] = &[\n${rows.join("\n")}\n];`;
  });
  return `// ${banner}\n${lines.join("\n")}\n\n${tables.join("\n\n")}\n`;
}

const python = (all: Constant[]) => `# ${banner}\n${all.map((k) => `${symbol(k)} = ${isMagic(k) ? magic(String(k.value)) : k.value}`).join("\n")}\n`;

function typescript(all: Constant[], enums: Layout["enum"]): string {
  const lines = all.map((k) => `export const ${symbol(k)} = ${isMagic(k) ? `${magic(String(k.value))}n` : k.value};`);
  const tables = ["reason", "counter"].map((group) => {
    const rows = names(enums[group] ?? {}).map(([name, value]) => `  ${name}: ${value},`);
    return `export const ${group}s = {\n${rows.join("\n")}\n} as const;`;
  });
  return `// ${banner}\n${lines.join("\n")}\n\n${tables.join("\n\n")}\n`;
}

/** Java has no unsigned types: the u64 are long, the rest fits an int. */
function java(all: Constant[], enums: Layout["enum"]): string {
  const lines = all.map((k) => `    static final ${isMagic(k) ? `long ${symbol(k)} = ${magic(String(k.value))}L` : `int ${symbol(k)} = ${k.value}`};`);
  const states = names(enums.slot_state ?? {}).map(([name]) => `"${name}"`);
  return `// ${banner}\npackage coven;\n\nfinal class Layout {\n${lines.join("\n")}\n    static final String[] SLOT_STATE_NAMES = {${states.join(", ")}};\n\n    private Layout() {}\n}\n`;
}

function write(path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const layout = parse(readFileSync(join(root, "spec/channel.toml"), "utf8")) as unknown as Layout;
/** As authors write it: a component has a framework, or is taken from another package, which says so (control/package/src/uses.ts). */
function authored(schema: object): object {
  const copy = JSON.parse(JSON.stringify(schema));
  const [component] = Object.values(copy.properties.components.patternProperties) as { properties: object; required?: string[]; anyOf?: object[] }[];
  if (!component) throw new Error("the schema has no components");
  component.properties = { use: { type: "string", pattern: "^[a-z][a-z0-9-]{0,62}/[^/\\s]+/[a-z][a-z0-9-]{0,62}$", description: "PACKAGE/VERSION/COMPONENT" }, ...component.properties };
  delete component.required;
  component.anyOf = [{ required: ["framework"] }, { required: ["use"] }];
  return copy;
}

const all = constants(layout);
write("sdk/c/include/coven/layout.h", c(all, layout.enum));
write("engine/channel/src/layout.rs", rust(all, layout.enum));
write("sdk/python/coven/_layout.py", python(all));
write("sdk/node/src/generated/channel.ts", typescript(all, layout.enum));
write("sdk/java/src/main/java/coven/Layout.java", java(all, layout.enum));
write("spec/vnf.schema.json", `${JSON.stringify(authored({ $schema: "https://json-schema.org/draft/2020-12/schema", ...Vnf }), null, 2)}\n`);
