/** Rules of classifiers and forwarders, compiled to what the engine executes (spec/engine.md, add-rules). */
import type { ClassifyRow, ClassifyRule, Fault, ForwardRow, NshMode, Range, Vnf } from "@coven/contract";
import { addressRange } from "./address.ts";
import { layoutOf, writeContext } from "./context.ts";
import { defaultSi, layoutName, type NshRoute } from "./rules.ts";

const protocols: Record<string, number> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };
/** Fields that are ranges of numbers: word of the package, of the plan, largest value. */
const fields = [
  ["sourcePort", "source_port", 0xffff],
  ["destinationPort", "destination_port", 0xffff],
  ["vlan", "vlan", 0xfff],
  ["dscp", "dscp", 0x3f],
] as const;

/** What is wrong with one rule; `at` leads to it. */
class Refused extends Error {
  readonly key: string;
  constructor(key: string, what: string) {
    super(what);
    this.key = key;
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const linkAddress = (text: string | undefined) => (text === undefined ? {} : { to: text.replaceAll(":", "").toLowerCase() });

/** The tables of a connection point: nothing where it neither classifies nor forwards. Rules are sound (`tableFaults`). */
export function tablesOf(vnf: Vnf, routes: readonly NshRoute[], point: string): { classify?: ClassifyRow[]; forward?: ForwardRow[] } | undefined {
  const number = (path: string) => routes.findIndex((route) => route.name === path && route.from === point);
  const role = vnf.connectionPoints[point]?.nsh;
  if (role === "classify") return { classify: (vnf.nsh?.classify ?? []).filter((rule) => number(rule.path) >= 0).map((rule) => classifyRow(vnf, routes, rule)) };
  if (role !== "forward") return undefined;
  const { oam = "drop", unknown = "drop" } = vnf.nsh ?? {};
  return {
    forward: (vnf.nsh?.forward ?? [])
      .filter((rule) => number(rule.path) >= 0)
      .map(({ spi, si, path, to }) => ({ spi, ...(si !== undefined && { si }), path: number(path), ...linkAddress(to), oam, unknown })),
  };
}

function classifyRow(vnf: Vnf, routes: readonly NshRoute[], rule: ClassifyRule): ClassifyRow {
  const path = routes.findIndex((route) => route.name === rule.path);
  const own = vnf.nsh?.paths?.[rule.path];
  const spi = rule.spi ?? own?.spi;
  if (spi === undefined) throw new Refused("path", `path ${rule.path} has no SPI: give one here or under nsh.paths`);
  const row: ClassifyRow = { path, spi, si: rule.si ?? own?.si ?? defaultSi, ...linkAddress(rule.to) };
  if (own?.integrity) row.key_id = own.integrity.keyId;
  if (own?.integrity && rule.context) refuse("context", `path ${rule.path} has integrity, so its packets have MD type 2, where there is no context`);
  if (rule.context) row.context = contextOf(vnf, routes[path], rule.context);
  for (const key of ["source", "destination"] as const) {
    const text = rule[key];
    if (text !== undefined) row[key] = addressRange(text) ?? refuse(key, `${text} is neither an address nor a prefix such as 10.0.0.0/8`);
  }
  if (row.source && row.destination && row.source[0].length !== row.destination[0].length) refuse("destination", "source and destination are of two families; no packet has both");
  if (rule.protocol !== undefined) row.protocol = single(protocols[rule.protocol] ?? Number(rule.protocol));
  for (const [word, key, max] of fields) if (rule[word] !== undefined) row[key] = rangeOf(word, rule[word], max);
  if (rule.payload) row.payload = rule.payload.toLowerCase();
  return row;
}

function refuse(key: string, what: string): never {
  throw new Refused(key, what);
}

const single = (value: number): Range => [value, value];

function rangeOf(word: string, value: number | string, max: number): Range {
  const [first = 0, last = first] = String(value).split("-").map(Number);
  if (first > last || last > max) refuse(word, `${value} is no range within 0-${max}`);
  return [first, last];
}

function contextOf(vnf: Vnf, route: NshRoute | undefined, values: Record<string, number>): string {
  const name = route && layoutName(vnf, route);
  const layout = name === undefined ? undefined : layoutOf(vnf, name);
  if (layout === undefined || layout === "opaque") return refuse("context", `path ${route?.name} has no context layout that says where ${Object.keys(values).join(", ")} goes`);
  try {
    return hexOf(writeContext(values, layout));
  } catch (problem) {
    return refuse("context", problem instanceof RangeError ? problem.message : String(problem));
  }
}

/** Everything that is wrong with the rules of `nsh.classify` and `nsh.forward`. */
export function tableFaults(vnf: Vnf, routes: readonly NshRoute[]): Fault[] {
  const { classify = [], forward = [] } = vnf.nsh ?? {};
  const placed = [
    ...classify.flatMap((rule, index) => misplaced(vnf, routes, "classify", rule.path, index)),
    ...forward.flatMap((rule, index) => misplaced(vnf, routes, "forward", rule.path, index)),
  ];
  return [...placed, ...classify.flatMap((rule, index) => rowFaults(vnf, routes, rule, index)), ...hopFaults(vnf, routes), ...idlePoints(vnf, routes)];
}

function misplaced(vnf: Vnf, routes: readonly NshRoute[], role: "classify" | "forward", path: string, index: number): Fault[] {
  const route = routes.find((one) => one.name === path);
  const at = ["nsh", role, index, "path"];
  if (!route) return [{ reason: "SCHEMA", values: [`nsh.${role}: there is no path ${path} that begins at a connection point`], at }];
  if (vnf.connectionPoints[route.from]?.nsh === role) return [];
  return [{ reason: "SCHEMA", values: [`nsh.${role}: path ${path} begins at ${route.from}, which has not nsh: ${role}`], at }];
}

function rowFaults(vnf: Vnf, routes: readonly NshRoute[], rule: ClassifyRule, index: number): Fault[] {
  if (!routes.some((route) => route.name === rule.path)) return [];
  try {
    classifyRow(vnf, routes, rule);
    return [];
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    return [{ reason: "SCHEMA", values: [`nsh.classify: ${problem.message}`], at: ["nsh", "classify", index, problem.key] }];
  }
}

/** One next hop for each service path and index at a connection point. */
function hopFaults(vnf: Vnf, routes: readonly NshRoute[]): Fault[] {
  const seen = new Set<string>();
  return (vnf.nsh?.forward ?? []).flatMap(({ spi, si, path }, index): Fault[] => {
    const key = `${routes.find((route) => route.name === path)?.from} ${spi} ${si}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ reason: "SCHEMA", values: [`nsh.forward: SPI ${spi}${si === undefined ? "" : ` SI ${si}`} has two next hops`], at: ["nsh", "forward", index, "spi"] }];
  });
}

function idlePoints(vnf: Vnf, routes: readonly NshRoute[]): Fault[] {
  const roles: readonly NshMode[] = ["classify", "forward"];
  return Object.entries(vnf.connectionPoints).flatMap(([point, { nsh }]): Fault[] => {
    if (nsh === undefined || !roles.includes(nsh) || !routes.some((route) => route.from === point)) return [];
    const tables = nsh === "classify" ? vnf.nsh?.classify : vnf.nsh?.forward;
    const used = tables?.some(({ path }) => routes.some((route) => route.name === path && route.from === point));
    return used ? [] : [{ reason: "SCHEMA", values: [`connection point ${point} has nsh: ${nsh}, but no rule under nsh.${nsh} takes a path from it`], at: ["connectionPoints", point, "nsh"] }];
  });
}
