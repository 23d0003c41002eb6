/** What a run has done, for people. */
import type { AgentItem, EngineStatistics } from "@coven/contract";
import { reasons, table } from "../text.ts";
import type { Outcome } from "./session.ts";

const packets = (count: number) => `${count} ${count === 1 ? "packet" : "packets"}`;

/** `1000 packets in, 900 out, 100 dropped (component 100)` */
export function verdicts({ received, created, transmitted, dropped, in_flight }: EngineStatistics): string {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const parts = [`${packets(received)} in`, ...(created ? [`${created} created`] : []), `${transmitted} out`, `${lost} dropped${lost ? ` (${reasons(dropped)})` : ""}`];
  return [...parts, ...(in_flight ? [`${in_flight} in flight`] : [])].join(", ");
}

const shown = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** Commands have no value. */
const itemRow = ({ name, value, unit, help }: AgentItem): string[] => [name, shown(value), unit, help];
const withValue = (items: readonly AgentItem[]) => items.filter(({ kind }) => kind !== "command");

function itemTable(items: Outcome["items"], several: boolean): string[] {
  const rows = Object.entries(items).flatMap(([component, its]) => withValue(its).map((item) => [...(several ? [component] : []), ...itemRow(item)]));
  return rows.length > 0 ? [table([...(several ? ["COMPONENT"] : []), "ITEM", ">VALUE", "UNIT", "HELP"], rows)] : [];
}

/** Components as a table, then everything that their agents show. */
export function outcomeText(title: string, { statistics, items, ended }: Outcome): string {
  const components = statistics.components.map(({ name, counters }) => [name, ...[counters.packets_in, counters.packets_out, counters.packets_dropped, counters.errors].map(String)]);
  const several = components.length > 1;
  const down = statistics.ports.flatMap(({ name, reason }) => (reason === undefined ? [] : [`port ${name} is down: ${reason}`]));
  return [
    `${title}: ${verdicts(statistics)}`,
    ...(several ? [table(["COMPONENT", ">IN", ">OUT", ">DROPPED", ">ERRORS"], components)] : []),
    ...itemTable(items, several),
    ...Object.entries(ended).map(([name, how]) => `component ${name} ended before its time: ${how}`),
    ...down,
  ].join("\n");
}

/** Did the code do what it was asked, without a fault of its own? */
export const isClean = ({ statistics, ended }: Outcome): boolean =>
  Object.keys(ended).length === 0 && statistics.components.every(({ counters }) => counters.errors === 0) && statistics.ports.every(({ state }) => state === "up");

export const outcomeJson = ({ statistics, items, ended }: Outcome) => ({ statistics, items, ended });
