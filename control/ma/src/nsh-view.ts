/** What the engine tells of contexts, in the words of the package. */
import type { ContextField, ContextValues, NshFlowView, NshPathView, NshSet, NshSight, NshView, Vnf } from "@coven/contract";
import { type Route, readGraph } from "@coven/itf";
import { type FlowWords, flowOf, pathLayout, servicesOf, valuesOf } from "@coven/nshp";
import type { ContextCall } from "./nsh-plan.ts";

interface Row { spi: number; si: number; packets: number; time_ns: number; context?: string; left?: string }
/** The answer to `nsh-show` (spec/engine.md). */
export interface Contexts { watched_ns: number; paths: Row[]; flows: (Row & { flow: FlowWords })[]; sets: ContextCall[] }

const nothing: Contexts = { watched_ns: 0, paths: [], flows: [], sets: [] };
const whole: ContextField[] = [{ field: "context", bits: 128 }];
const usualSi = 255;

export function viewOf(vnf: Vnf, sets: NshSet[], { watched_ns, paths, flows }: Contexts = nothing): NshView {
  const { routes } = readGraph(vnf).graph;
  const known = new Map(routes.flatMap((route) => servicesOf(vnf, route).map(({ spi, si }) => [spi, { route, si: si ?? usualSi }] as const)));
  const seen = new Set(paths.map(({ spi }) => spi));
  const unseen = [...known].filter(([spi]) => !seen.has(spi)).map(([spi, { si }]): Row => ({ spi, si, packets: 0, time_ns: 0 }));
  const all = [...paths, ...unseen].sort((one, other) => one.spi - other.spi || other.si - one.si);
  const routeOf = (spi: number) => known.get(spi)?.route;
  return {
    watched_ms: Math.floor(watched_ns / 1e6),
    paths: all.map((row) => pathView(vnf, row, routeOf(row.spi))),
    flows: flows.map((row): NshFlowView => ({ path: routeOf(row.spi)?.name ?? null, spi: row.spi, si: row.si, flow: flowOf(row.flow), ...sightOf(row, fieldsOf(vnf, routeOf(row.spi))) })),
    sets,
  };
}

const fieldsOf = (vnf: Vnf, route: Route | undefined): ContextField[] => (route ? pathLayout(vnf, route).fields : whole);

function pathView(vnf: Vnf, row: Row, route: Route | undefined): NshPathView {
  const { layout, fields } = route ? pathLayout(vnf, route) : { layout: null, fields: whole };
  const components = (route?.components ?? []).map((name) => ({ name, context: vnf.components?.[name]?.context ?? null }));
  const role = route ? (vnf.connectionPoints[route.from]?.nsh ?? "none") : null;
  return { path: route?.name ?? null, from: route?.from ?? null, role, spi: row.spi, si: row.si, layout, fields, components, ...sightOf(row, fields) };
}

function sightOf({ packets, time_ns, context, left }: Row, fields: readonly ContextField[]): NshSight {
  const values = (hex: string | undefined): ContextValues | null => (hex === undefined ? null : valuesOf(hex, fields));
  return { packets, time: time_ns === 0 ? null : new Date(time_ns / 1e6).toISOString(), came: values(context), left: values(left) };
}
