/** Attribute-based filters: `(eq,a/b,value);(in,c,v1,v2)` (GS NFV-SOL 013 §5.2). A value in quotes may hold the delimiters; '' is a quote. */
import { CovenError } from "@coven/contract";

const operators = ["eq", "neq", "in", "nin", "gt", "gte", "lt", "lte", "cont", "ncont"] as const;
type Operator = (typeof operators)[number];
interface Term { operator: Operator; path: string[]; values: string[] }

const termsMax = 32;
const wrong = (why: string) => new CovenError("QUERY_MALFORMED", [`filter: ${why}`]);

const term = /\(((?:'(?:[^']|'')*'|[^'()])*)\)(;|$)/y;
const word = /(?:'((?:[^']|'')*)'|([^',]*))(,|$)/y;

function words(inside: string): string[] {
  const found: string[] = [];
  word.lastIndex = 0;
  for (;;) {
    const match = word.exec(inside);
    if (!match) throw wrong(`the quotes of (${inside}) do not close where they should`);
    found.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll("''", "'"));
    if (match[3] === "") return found;
  }
}

function toTerm(inside: string): Term {
  const [operator = "", path = "", ...values] = words(inside);
  if (!operators.includes(operator as Operator)) throw wrong(`there is no operator "${operator}"; there are ${operators.join(", ")}`);
  const many = ["in", "nin", "cont", "ncont"].includes(operator);
  if (path === "" || values.length === 0 || (!many && values.length > 1)) throw wrong(`(${inside}) should be (${operator},attribute,value)`);
  return { operator: operator as Operator, path: path.split("/"), values };
}

export function parseFilter(text: string): Term[] {
  const terms: Term[] = [];
  term.lastIndex = 0;
  for (let end = ";"; end === ";"; ) {
    const match = term.exec(text);
    if (!match) throw wrong(`"${text}" is not of the form (operator,attribute,value);(…)`);
    if (terms.push(toTerm(match[1] ?? "")) > termsMax) throw wrong(`more than ${termsMax} terms`);
    end = match[2] ?? "";
  }
  return terms;
}

/** All the values at a path; arrays are looked into. */
function valuesAt(resource: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(resource)) return resource.flatMap((item) => valuesAt(item, path));
  const [name, ...rest] = path;
  if (name === undefined) return resource === undefined ? [] : [resource];
  if (typeof resource !== "object" || resource === null || !Object.hasOwn(resource, name)) return [];
  return valuesAt((resource as Record<string, unknown>)[name], rest);
}

function order(value: unknown, to: string): number {
  if (typeof value === "number") return value - Number(to);
  return String(value) < to ? -1 : Number(String(value) > to);
}

const same = (value: unknown, to: string) => String(value) === to;
const holds: Record<Operator, (value: unknown, values: string[]) => boolean> = {
  eq: (value, [to = ""]) => same(value, to),
  neq: (value, [to = ""]) => !same(value, to),
  in: (value, values) => values.some((to) => same(value, to)),
  nin: (value, values) => !values.some((to) => same(value, to)),
  gt: (value, [to = ""]) => order(value, to) > 0,
  gte: (value, [to = ""]) => order(value, to) >= 0,
  lt: (value, [to = ""]) => order(value, to) < 0,
  lte: (value, [to = ""]) => order(value, to) <= 0,
  cont: (value, values) => values.some((to) => String(value).includes(to)),
  ncont: (value, values) => !values.some((to) => String(value).includes(to)),
};

/** Terms are joined by "and"; within an array, one match is enough. */
export function matches(resource: unknown, terms: readonly Term[]): boolean {
  return terms.every(({ operator, path, values }) => valuesAt(resource, path).some((value) => holds[operator](value, values)));
}
