/** What the nsh commands share: words for flows, fields and rules. */
import type { Schemas } from "@coven/client";
import { exit, Failure } from "./exit.ts";
import { table } from "./text.ts";

export type Nsh = Schemas["Nsh"];
export type Configuration = Schemas["NshConfiguration"];
export type Change = Schemas["NshChange"];
export type Flow = Nsh["flows"][number]["flow"];
export type Rule = Configuration["classify"][number];
type Values = Nsh["sets"][number]["fields"] | null;

const protocols: Record<string, number> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };
const flowForm = "udp:10.0.0.1:4000>10.0.0.2:53, tcp:[2001:db8::1]:4000>[2001:db8::2]:443 or icmp:10.0.0.1>10.0.0.2";
const wrong = (what: string) => new Failure(exit.wrongUse, what);

const ends = (address: string, port: number | undefined) => (port === undefined ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);

export function flowText({ protocol, source, destination, sourcePort, destinationPort }: Flow): string {
  const name = Object.keys(protocols).find((one) => protocols[one] === protocol) ?? String(protocol);
  return `${name}:${ends(source, sourcePort)}>${ends(destination, destinationPort)}`;
}

/** As `flowText` writes it. */
export function readFlow(text: string): Flow {
  const [, name = "", from = "", to = ""] = /^(\w+):(.+)>(.+)$/.exec(text) ?? [];
  const protocol = protocols[name] ?? (/^\d{1,3}$/.test(name) ? Number(name) : undefined);
  if (protocol === undefined) throw wrong(`${text} is no flow; the form is ${flowForm}`);
  const [source, sourcePort] = endOf(from);
  const [destination, destinationPort] = endOf(to);
  return { protocol, source, destination, ...(sourcePort !== undefined && { sourcePort }), ...(destinationPort !== undefined && { destinationPort }) };
}

function endOf(text: string): [address: string, port: number | undefined] {
  const [, v6, v4, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return [v6 ?? v4 ?? text, port === undefined ? undefined : Number(port)];
}

/** `tenant=7 path=0xff`, as fields of a context. */
export function readFields(words: readonly string[]): Record<string, number | string> {
  return Object.fromEntries(
    words.map((word) => {
      const [, name, value] = /^([a-z][a-z0-9_]*)=(\w+)$/.exec(word) ?? [];
      if (name === undefined || value === undefined) throw wrong(`${word} is no field; the form is NAME=VALUE, such as tenant=7 or tenant=0xff`);
      return [name, /^\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
}

export const valuesText = (values: Values): string => (values === null ? "-" : Object.entries(values).map(([name, value]) => `${name}=${value}`).join(" "));

/** These stay text, whatever they look like. */
const texts = new Set(["path", "source", "destination", "payload", "to"]);
const ruleForm = "KEY=VALUE,KEY=VALUE with the keys of vnf.yaml, such as path=web,protocol=tcp,destinationPort=443,context.mark=1";

export function readRule(text: string): Rule {
  const rule: Record<string, unknown> = {};
  for (const word of text.split(",")) {
    const [, key = "", field, value = ""] = /^([a-zA-Z]+)(?:\.([a-z][a-z0-9_]*))?=(.+)$/.exec(word.trim()) ?? [];
    if (key === "" || (field !== undefined) !== (key === "context")) throw wrong(`${JSON.stringify(word)} is no part of a rule; the form is ${ruleForm}`);
    const known = /^\d{1,15}$/.test(value) && !texts.has(key) ? Number(value) : value;
    if (field === undefined) rule[key] = known;
    else rule[key] = { ...(rule[key] as object | undefined), [field]: known };
  }
  if (typeof rule.path !== "string") throw wrong(`the rule ${text} names no path; the form is ${ruleForm}`);
  return rule as Rule;
}

export function ruleText(rule: object): string {
  return Object.entries(rule).map(([key, value]) => (typeof value === "object" ? Object.entries(value as object).map(([field, one]) => `${key}.${field}=${one}`).join(",") : `${key}=${value}`)).join(",");
}

export function readRoles(words: readonly string[]): NonNullable<Change["roles"]> {
  return Object.fromEntries(
    words.map((word) => {
      const [point, role, ...more] = word.split("=");
      if (!point || !role || more.length > 0) throw wrong(`${word} is no role of a connection point; the form is POINT=ROLE, such as lan=aware`);
      return [point, role as Configuration["roles"][string]];
    }),
  );
}

/** Rules by number, and roles. */
export function configurationText({ roles, classify, forward }: Configuration): string {
  const parts = [table(["connection point", "role"], Object.entries(roles))];
  for (const [name, rules] of [["classify", classify], ["forward", forward]] as const) {
    if (rules.length > 0) parts.push(table([">", name], rules.map((rule, index) => [String(index + 1), ruleText(rule)])));
  }
  return parts.join("\n\n");
}
