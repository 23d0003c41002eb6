import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { findInstance } from "../find.ts";
import { type Change, type Configuration, configurationText, readRoles, readRule, type Rule } from "../nsh.ts";

interface Options { add?: string[]; at?: string; change?: string[]; remove?: string[]; role?: string[]; forward?: boolean }

const wrong = (what: string) => new Failure(exit.wrongUse, what);

/** Numbers count from 1 in the table as it was. */
function position(text: string, rules: readonly Rule[], most = rules.length): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) throw wrong(rules.length === 0 ? `there is no rule ${text}: the table is empty` : `there is no rule ${text}; they are numbered from 1 to ${rules.length}`);
  return number - 1;
}

/** Changed and removed by their numbers, then added in front of `at` or behind all. */
function edited(rules: readonly Rule[], { add = [], at, change = [], remove = [] }: Options): Rule[] {
  const slots: (Rule | undefined)[] = [...rules];
  for (const text of change) {
    const [, number = "", rule = ""] = /^(\d+)=(.*)$/.exec(text) ?? [];
    slots[position(number || text, rules)] = readRule(rule);
  }
  for (const number of remove) slots[position(number, rules)] = undefined;
  const place = at === undefined ? slots.length : position(at, rules, rules.length + 1);
  return [...slots.slice(0, place), ...add.map(readRule), ...slots.slice(place)].filter((rule) => rule !== undefined);
}

export async function run(context: Context, [name = ""]: string[], options: Options): Promise<void> {
  const { client } = context;
  const { id } = await findInstance(context, name);
  const params = { params: { path: { id } } };
  const url = "/coven/v1/instances/{id}/nsh/configuration" as const;
  const now = await client.call(client.rest.GET(url, params));
  const body = changeOf(now, options);
  const then = body === undefined ? now : await client.call(client.rest.PATCH(url, { ...params, body }));
  context.print(then, () => configurationText(then));
}

function changeOf(now: Configuration, options: Options): Change | undefined {
  const kind = options.forward ? "forward" : "classify";
  const rules = options.add ?? options.change ?? options.remove;
  if (rules === undefined && options.role === undefined) return undefined;
  const table = rules && { [kind]: edited(now[kind] as Rule[], options) };
  return { ...(options.role && { roles: readRoles(options.role) }), ...table, revision: now.revision };
}
