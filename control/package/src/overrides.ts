/** `--set components.filter.framework=python`: changes to a descriptor that leave its comments alone. */
import { CovenError, Vnf } from "@coven/contract";
import { Kind, type TSchema } from "@sinclair/typebox";
import { type Document, isCollection, isMap, parseDocument } from "yaml";
import { closest } from "./closest.ts";
import { excess } from "./tokens.ts";
import { readDocument } from "./yaml.ts";

/** The new text. Each override is `KEY.KEY...=VALUE`, the value in YAML. What `parseVnf` says of the result comes on top. */
export function setOverrides(text: string, overrides: readonly string[], fileName = "vnf.yaml"): string {
  if (overrides.length === 0) return text;
  const { document } = readDocument(text, fileName);
  for (const override of overrides) {
    const at = override.indexOf("=");
    if (at <= 0) throw new CovenError("OVERRIDE", [override, "the form is KEY.KEY=VALUE, as in components.filter.framework=python"]);
    const path = override.slice(0, at);
    const keys = keysOf(document, path);
    set(document, path, keys, readValue(path, override.slice(at + 1)));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function set(document: Document.Parsed, path: string, keys: (string | number)[], value: unknown): void {
  try {
    document.setIn(keys, value === null || typeof value !== "object" ? value : document.createNode(value, { flow: true }));
  } catch {
    throw new CovenError("OVERRIDE", [path, "a part of it is empty or an alias in the descriptor; write it out there first"]);
  }
}

function readValue(path: string, text: string): unknown {
  if (excess(text)) throw new CovenError("OVERRIDE", [path, "its value is nested too deep"]);
  const value = parseDocument(text, { prettyErrors: false });
  const [wrong] = [...value.errors, ...value.warnings];
  if (wrong) throw new CovenError("OVERRIDE", [path, `${text} is not YAML: ${wrong.message}`]);
  return value.toJS() as unknown;
}

/** The keys of a path that the descriptor has or may have. */
function keysOf(document: Document.Parsed, path: string): (string | number)[] {
  let schemas: TSchema[] = [Vnf];
  const keys: (string | number)[] = [];
  for (const key of path.split(".")) {
    const parent = keys.length === 0 ? document.contents : document.getIn(keys);
    const inner = schemas.flatMap((schema) => under(schema, key));
    const exists = isCollection(parent) && parent.has(isMap(parent) ? key : Number(key));
    if (!exists && !inner.some((schema) => isOpen(schemas, schema, key))) throw new CovenError("OVERRIDE", [path, unknown(keys, key, schemas, parent)]);
    keys.push(isCollection(parent) && !isMap(parent) ? Number(key) : key);
    schemas = inner.flatMap((schema): TSchema[] => schema.anyOf ?? [schema]);
  }
  return keys;
}

/** The schemas of what stands under a key. */
function under(schema: TSchema, key: string): TSchema[] {
  if (schema[Kind] === "Array") return /^\d+$/.test(key) ? [schema.items] : [];
  const known = schema.properties && Object.hasOwn(schema.properties, key) ? [schema.properties[key]] : [];
  const records = Object.entries((schema.patternProperties ?? {}) as Record<string, TSchema>).filter(([rule]) => new RegExp(rule).test(key));
  return [...known, ...records.map(([, inner]) => inner)];
}

/** May a key be new? Known ones may, and entries that are a single value, such as a setting; a new component can't be made one key at a time. */
const isOpen = (parents: TSchema[], inner: TSchema, key: string): boolean =>
  parents.some((parent) => parent.properties && Object.hasOwn(parent.properties, key)) || ["String", "Union"].includes(inner[Kind]);

function unknown(keys: (string | number)[], key: string, schemas: TSchema[], parent: unknown): string {
  const there = isMap(parent) ? parent.items.map((pair) => String(pair.key)) : [];
  const known = [...new Set([...schemas.flatMap((schema) => Object.keys(schema.properties ?? {})), ...there])];
  const where = keys.length > 0 ? keys.join(".") : "the descriptor";
  const meant = closest(key, known);
  if (known.length === 0) return `${where} has no keys`;
  return `${where} has no ${key || "key without a name"}; ${meant ? `did you mean ${meant}?` : `it has ${known.join(", ")}`}`;
}
