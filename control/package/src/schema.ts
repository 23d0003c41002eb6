/** What the schema's checker finds, in the words of people. */
import { nameRule } from "@coven/contract";
import { Kind, type TSchema } from "@sinclair/typebox";
import { type ValueError, ValueErrorType as Is } from "@sinclair/typebox/errors";
import { Value } from "@sinclair/typebox/value";
import { closest } from "./closest.ts";

export interface SchemaFault {
  at: string[];
  /** It is about the key, not its value. */
  isKey: boolean;
  what: string;
}

/** Everything in which `data` is not as the schema says, once for each place. */
export function schemaFaults(schema: TSchema, data: unknown, base: string[] = []): SchemaFault[] {
  const found: SchemaFault[] = [];
  const seen = new Set<string>();
  for (const error of Value.Errors(schema, data)) {
    if (seen.has(error.path)) continue; // what is missing is also reported as of the wrong type
    seen.add(error.path);
    const at = [...base, ...error.path.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))];
    const inner = error.type === Is.Union ? variantFaults(error, at) : [];
    const own = { at, isKey: error.type === Is.ObjectAdditionalProperties, what: `${at.join(".") || "the descriptor"} ${sentence(error, at)}` };
    found.push(...(inner.length > 0 ? inner : [own]));
  }
  return found;
}

/** Where the value shows which variant of a union was meant, what is wrong with it as that. */
function variantFaults({ schema, value }: ValueError, at: string[]): SchemaFault[] {
  const variants: TSchema[] = schema.anyOf;
  const meant = variants.find((one) => (one[Kind] === "Array" && Array.isArray(value)) || (one[Kind] === "Object" && isTagged(one, value)));
  if (meant) return schemaFaults(meant, value, at);
  const tags = variants.flatMap((one) => (one[Kind] === "Object" ? [one.properties.backend?.const] : []));
  if (tags.length < variants.length || typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const backend = [...at, "backend"];
  return [{ at: backend, isKey: false, what: `${backend.join(".")} must be one of ${tags.join(", ")}` }];
}

const isTagged = (variant: TSchema, value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.entries(variant.properties as Record<string, TSchema>).some(([key, { const: tag }]) => tag !== undefined && (value as Record<string, unknown>)[key] === tag);

const name = "is not a name: lower-case letters, digits and hyphens, a letter first, at most 63";
const quotable = (value: unknown) => (["number", "boolean"].includes(typeof value) ? "; put it in quotes" : "");
const entries = (count: number) => (count === 1 ? "one entry" : `${count} entries`);

type Teller = (schema: TSchema, value: unknown, at: string[]) => string;
const tellers: Partial<Record<Is, Teller>> = {
  [Is.ObjectRequiredProperty]: () => "is missing",
  [Is.ObjectAdditionalProperties]: (schema, _, at) => unknownKey(schema, at.at(-1) ?? ""),
  [Is.ObjectMinProperties]: (schema) => `must have at least ${entries(schema.minProperties)}`,
  [Is.ObjectMaxProperties]: (schema) => `may have at most ${entries(schema.maxProperties)}`,
  [Is.Object]: (_, value) => `must be a map of keys${value === null ? "; write {} if there are none" : ""}`,
  [Is.Array]: () => "must be a list",
  [Is.ArrayMaxItems]: (schema) => `may have at most ${entries(schema.maxItems)}`,
  [Is.ArrayUniqueItems]: () => "has the same entry twice",
  [Is.String]: (_, value) => `must be text${quotable(value)}`,
  [Is.StringMinLength]: () => "must not be empty",
  [Is.StringMaxLength]: (schema) => `may have at most ${schema.maxLength} characters`,
  [Is.StringPattern]: (schema) => (schema.pattern === nameRule ? name : "is not a field name: lower-case letters, digits and underscores, a letter first, at most 32"),
  [Is.Boolean]: () => "must be true or false",
  [Is.Integer]: () => "must be a whole number",
  [Is.Number]: () => "must be a number",
  [Is.IntegerMinimum]: (schema) => `must be at least ${schema.minimum}`,
  [Is.IntegerMaximum]: (schema) => `may be at most ${schema.maximum}`,
  [Is.NumberMinimum]: (schema) => `must be at least ${schema.minimum}`,
  [Is.NumberMaximum]: (schema) => `may be at most ${schema.maximum}`,
  [Is.NumberExclusiveMinimum]: (schema) => `must be more than ${schema.exclusiveMinimum}`,
  [Is.Union]: (schema) => `must be one of ${(schema.anyOf as TSchema[]).map(shortly).join(", ")}`,
};

const shortly = (schema: TSchema): string => {
  const words: Record<string, string> = { Number: "a number", Integer: "a whole number", String: "a text", Boolean: "true or false", Array: "a list", Object: "a map" };
  return schema.const === undefined ? (words[schema[Kind]] ?? schema[Kind]) : String(schema.const);
};

const sentence = (error: ValueError, at: string[]): string => tellers[error.type]?.(error.schema, error.value, at) ?? `is not as it should be: ${error.message.toLowerCase()}`;

function unknownKey(schema: TSchema, key: string): string {
  if (!schema.properties) return name;
  const known = Object.keys(schema.properties);
  const meant = closest(key, known);
  return meant ? `is not known; did you mean ${meant}?` : `is not known; known are ${known.join(", ")}`;
}
