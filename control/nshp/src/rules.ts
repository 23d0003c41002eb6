/** What a package says about NSH: judged here, and boiled down to what the engine needs to know of a path. */
import type { Fault, Vnf } from "@coven/contract";
import { componentContexts, contextBits, layoutOf } from "./context.ts";

/** A path from a connection point, as far as NSH is concerned. */
export interface NshRoute { name: string; from: string; components: readonly string[] }

export const defaultSi = 255; // RFC 8300 §2.3

/** Does a component of the path know what the context means, does it hand it on unread, or is nothing said about it? */
export type ContextKind = "none" | "known" | "opaque";

/** The layouts that a path's components and its SPI ask for, each once, with the keys that lead there. */
function layoutsOf(vnf: Vnf, route: NshRoute): Map<string, Fault["at"]> {
  const asked = new Map<string, Fault["at"]>();
  const own = vnf.nsh?.paths?.[route.name]?.context;
  if (own !== undefined) asked.set(own, ["nsh", "paths", route.name, "context"]);
  for (const name of route.components) {
    const context = vnf.components?.[name]?.context;
    if (context !== undefined && !asked.has(context)) asked.set(context, ["components", name, "context"]);
  }
  return asked;
}

/** The layout of a path's context, if the package describes it. */
export const layoutName = (vnf: Vnf, route: NshRoute): string | undefined => [...layoutsOf(vnf, route).keys()].find((name) => Array.isArray(layoutOf(vnf, name)));

/** RFC 8300 §2.4: the layout is stated for each path, and who does not know it discards. */
export function contextKind(vnf: Vnf, route: NshRoute): ContextKind {
  const layouts = [...layoutsOf(vnf, route).keys()].map((name) => layoutOf(vnf, name));
  if (layouts.some((layout) => layout !== undefined && layout !== "opaque")) return "known";
  return layouts.includes("opaque") ? "opaque" : "none";
}

/** Everything that is wrong with a package's `nsh` and `context` words, given its paths from connection points. */
export function nshFaults(vnf: Vnf, routes: readonly NshRoute[]): Fault[] {
  return [...layoutFaults(vnf), ...unknownLayouts(vnf), ...blindReaders(vnf), ...routes.flatMap((route) => mixed(vnf, route)), ...pathFaults(vnf, routes), ...unreachable(vnf, routes)];
}

function layoutFaults(vnf: Vnf): Fault[] {
  const found: Fault[] = [];
  for (const [name, layout] of Object.entries(vnf.nsh?.contexts ?? {})) {
    if (layout === "opaque") continue;
    const at = ["nsh", "contexts", name];
    const bits = layout.reduce((sum, field) => sum + field.bits, 0);
    if (bits !== contextBits) found.push({ reason: "CONTEXT_SIZE", values: [name, bits], at });
    const fields = layout.map((one) => one.field);
    fields.forEach((field, index) => {
      if (fields.indexOf(field) < index) found.push({ reason: "SCHEMA", values: [`context layout ${name} has two fields ${field}`], at: [...at, index, "field"] });
    });
  }
  return found;
}

function unknownLayouts(vnf: Vnf): Fault[] {
  const asked: [string | undefined, Fault["at"]][] = [
    ...Object.entries(vnf.components ?? {}).map(([name, { context }]): [string | undefined, Fault["at"]] => [context, ["components", name, "context"]]),
    ...Object.entries(vnf.nsh?.paths ?? {}).map(([name, { context }]): [string | undefined, Fault["at"]] => [context, ["nsh", "paths", name, "context"]]),
  ];
  return asked.flatMap(([context, at]): Fault[] => (context === undefined || layoutOf(vnf, context) ? [] : [{ reason: "CONTEXT_UNKNOWN", values: [context], at }]));
}

/** A component without metadata is not given the context. */
const blindReaders = (vnf: Vnf): Fault[] =>
  Object.keys(componentContexts(vnf))
    .filter((name) => vnf.components?.[name]?.metadata === false)
    .map((name) => ({ reason: "SCHEMA", values: [`component ${name} names a context layout, but has metadata: false, so it is given no context`], at: ["components", name, "context"] }));

/** A path has one layout. A component may hand on unread what others read, but not read what the path states to be opaque. */
function mixed(vnf: Vnf, route: NshRoute): Fault[] {
  const stated = vnf.nsh?.paths?.[route.name]?.context;
  const described = [...layoutsOf(vnf, route)].filter(([name]) => name === stated || layoutOf(vnf, name) !== "opaque");
  const [first, second] = described;
  return first && second ? [{ reason: "CONTEXT_MIXED", values: [route.name, first[0], second[0]], at: second[1] }] : [];
}

function pathFaults(vnf: Vnf, routes: readonly NshRoute[]): Fault[] {
  const found: Fault[] = [];
  const owner = new Map<number, string>();
  for (const [name, { spi }] of Object.entries(vnf.nsh?.paths ?? {})) {
    const why = Object.hasOwn(vnf.paths, name) ? "it does not begin at a connection point, so it has no SPI" : "nsh.paths describes it, but there is no such path";
    if (!routes.some((route) => route.name === name)) found.push({ reason: "PATH_SYNTAX", values: [name, why], at: ["nsh", "paths", name] });
    const other = owner.get(spi);
    if (other !== undefined) found.push({ reason: "SPI_TWICE", values: [other, name, spi], at: ["nsh", "paths", name, "spi"] });
    owner.set(spi, name);
  }
  return found;
}

/** spec/engine.md, add-path: plain packets take a port's first path without SPI, or else, where rules do not say otherwise, its first;
 * NSH packets are told apart by SPI, at classifiers and forwarders by rules. */
function unreachable(vnf: Vnf, routes: readonly NshRoute[]): Fault[] {
  const spi = (route: NshRoute) => vnf.nsh?.paths?.[route.name]?.spi;
  const ruled = new Set([...(vnf.nsh?.classify ?? []), ...(vnf.nsh?.forward ?? [])].map(({ path }) => path));
  return routes.flatMap((route): Fault[] => {
    const role = vnf.connectionPoints[route.from]?.nsh ?? "none";
    const byRule = role === "classify" || role === "forward";
    const same = routes.filter((other) => other.from === route.from);
    const plain = same.find((other) => spi(other) === undefined) ?? (byRule ? undefined : same[0]);
    const bySpi = (role === "proxy" || role === "aware") && spi(route) !== undefined;
    if (route === plain || (byRule ? ruled.has(route.name) : bySpi)) return [];
    const cure = byRule ? `name it in a rule under nsh.${role}` : spi(route) === undefined ? "give it an SPI under nsh.paths" : `set nsh: proxy at ${route.from}`;
    const why = plain ? `path ${plain.name} takes what comes in at ${route.from}; ` : "";
    return [{ reason: "PATH_UNREACHABLE", values: [route.name, `${why}${cure}`], at: ["paths", route.name] }];
  });
}
