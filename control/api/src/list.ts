/** Lists of ETSI resources: the attribute filter and the selectors (GS NFV-SOL 013 §5.2, §5.3). */
import { CovenError } from "@coven/contract";
import { type Static, type TObject, Type } from "@sinclair/typebox";
import { matches, parseFilter } from "./filter.ts";

const flag = Type.Optional(Type.String({ description: "a flag: its presence counts" }));
export const ListQuery = Type.Object(
  {
    filter: Type.Optional(Type.String({ maxLength: 4096, description: "(eq,attribute,value);… with eq neq in nin gt gte lt lte cont ncont" })),
    fields: Type.Optional(Type.String({ maxLength: 4096, description: "complex attributes to include, comma-separated" })),
    exclude_fields: Type.Optional(Type.String({ maxLength: 4096, description: "complex attributes to leave out, comma-separated" })),
    all_fields: flag,
    exclude_default: flag,
  },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof ListQuery>;

/** How a list of one kind of resource is selected: only complex attributes that are optional can be left out. */
export interface Selection { schema: TObject; excludedByDefault: readonly string[] }

const names = (list: string) => new Set(list.split(",").map((path) => path.split("/")[0] ?? ""));

function check(asked: Set<string>, schema: TObject): Set<string> {
  for (const name of asked) if (!Object.hasOwn(schema.properties, name)) throw new CovenError("QUERY_MALFORMED", [`there is no attribute "${name}"`]);
  return asked;
}

function wanted(query: ListQuery, { schema, excludedByDefault }: Selection): (name: string) => boolean {
  if (query.all_fields !== undefined) return () => true;
  const include = check(query.fields === undefined ? new Set() : names(query.fields), schema);
  const exclude = check(query.exclude_fields === undefined ? new Set() : names(query.exclude_fields), schema);
  if (query.exclude_fields !== undefined) return (name) => !exclude.has(name);
  if (query.fields !== undefined && query.exclude_default === undefined) return (name) => include.has(name);
  return (name) => include.has(name) || !excludedByDefault.includes(name);
}

const isComplex = (value: unknown) => typeof value === "object" && value !== null;

/** Filters, then leaves out what was not asked for. Filters see every attribute, also those left out. */
export function select<T extends object>(resources: readonly T[], query: ListQuery, selection: Selection): T[] {
  const terms = query.filter === undefined ? [] : parseFilter(query.filter);
  const keep = wanted(query, selection);
  const required = new Set<string>((selection.schema.required as string[] | undefined) ?? []);
  const project = (resource: T) =>
    Object.fromEntries(Object.entries(resource).filter(([name, value]) => required.has(name) || !isComplex(value) || keep(name))) as T;
  return resources.filter((resource) => matches(resource, terms)).map(project);
}
