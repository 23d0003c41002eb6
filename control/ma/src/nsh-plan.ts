/** From the NSH that is to be to what the engine is told (spec/engine.md). */
import type { Action, NshSet, Plan, Vnf } from "@coven/contract";
import { readGraph } from "@coven/itf";
import { bitsOf, type FlowWords, flowWords, type NshChanges, pathLayout, servicesOf } from "@coven/nshp";
import type { InstanceRow } from "./store.ts";

/** What was changed since the package, as it is remembered. */
export interface NshRow extends NshChanges {
  revision: number;
  sets: NshSet[];
  /** The engine is being told: it may know, or not. */
  applying?: boolean;
}

/** `nsh-set` of the engine. */
export interface ContextCall { spi: number; flow?: FlowWords; mask: string; value: string }

const nothing: NshRow = { roles: {}, revision: 0, sets: [] };
export const changesOf = (row: InstanceRow): NshRow => row.nsh ?? nothing;

type Of<Kind extends Action["do"]> = Extract<Action, { do: Kind }>;
const of = <Kind extends Action["do"]>(plan: Plan | undefined, kind: Kind) => (plan?.actions ?? []).filter((action): action is Of<Kind> => action.do === kind);

/** Roles that differ; all of them where it is not known which are in force. */
export function roleActions(before: Plan | undefined, after: Plan): Action[] {
  const had = new Map(of(before, "open-port").map(({ port, nsh }) => [port, nsh]));
  return of(after, "open-port").filter(({ port, nsh }) => had.get(port) !== nsh).map(({ port, nsh }) => ({ do: "set-role", port, nsh }));
}

/** Tables that differ, the old ones out and the new ones in. */
export function ruleActions(before: Plan | undefined, after: Plan): Action[] {
  const [had, has] = [before, after].map((plan) => new Map(of(plan, "add-rules").map((action) => [action.port, action]))) as [Map<number, Action>, Map<number, Action>];
  const ports = of(after, "open-port").map(({ port }) => port);
  const differ = ports.filter((port) => before === undefined || JSON.stringify(had.get(port)) !== JSON.stringify(has.get(port)));
  return differ.flatMap((port): Action[] => [{ do: "remove-rules", port }, ...[has.get(port) ?? []].flat()]);
}

/** A RangeError says what does not fit. */
export function setsOf(vnf: Vnf, sets: readonly NshSet[]): ContextCall[] {
  const { routes } = readGraph(vnf).graph;
  return sets.flatMap(({ path, flow, fields }) => {
    const route = routes.find(({ name }) => name === path);
    const services = route ? servicesOf(vnf, route) : [];
    if (!route || services.length === 0) throw new RangeError(`path ${path} has no SPI, so its packets have no context`);
    if (vnf.nsh?.paths?.[path]?.integrity) throw new RangeError(`path ${path} has integrity, so its packets have MD type 2, where there is no context`);
    const bits = bitsOf(fields, pathLayout(vnf, route).fields);
    return services.map(({ spi }) => ({ spi, ...(flow && { flow: flowWords(flow) }), ...bits }));
  });
}

const keyOf = ({ spi, flow }: ContextCall) => JSON.stringify([spi, flow && [flow.protocol, flow.source, flow.destination, flow.source_port, flow.destination_port]]);

/** What brings the engine from these to those. */
export function contextCalls(before: readonly ContextCall[], after: readonly ContextCall[]): ContextCall[] {
  const [had, has] = [before, after].map((calls) => new Map(calls.map((call) => [keyOf(call), call]))) as [Map<string, ContextCall>, Map<string, ContextCall>];
  const zero = "0".repeat(32);
  const gone = [...had].filter(([key]) => !has.has(key)).map(([, call]) => ({ ...call, mask: zero, value: zero }));
  const fresh = [...has].filter(([key, { mask, value }]) => had.get(key)?.mask !== mask || had.get(key)?.value !== value);
  return [...gone, ...fresh.map(([, call]) => call)];
}
