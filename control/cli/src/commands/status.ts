import type { Schemas } from "@coven/client";
import type { Context } from "../context.ts";
import { allInstances, findInstance, type Instance } from "../find.ts";
import { bytes, colors, percent, reasons, state, table } from "../text.ts";

type Monitor = Schemas["Monitor"];
type Counters = NonNullable<Monitor["statistics"]>["components"][number]["counters"];
const watch_ms = 1000;

/** Measured: what it was at work for, over the packets that it took. */
export const eachPacket = ({ busy_ns, packets_in }: Pick<Counters, "busy_ns" | "packets_in">): string => {
  if (packets_in === 0) return "-";
  const each_ns = busy_ns / packets_in;
  return each_ns < 1000 ? `${Math.round(each_ns)} ns` : each_ns < 1e6 ? `${(each_ns / 1e3).toFixed(1)} µs` : `${(each_ns / 1e6).toFixed(1)} ms`;
};

/** Why a component's packets ended: what it decided itself, and what could not go on. */
function componentRow(monitor: Monitor, component: NonNullable<Monitor["statistics"]>["components"][number]): string[] {
  const { counters } = component;
  const usage = monitor.usage.components[component.name];
  const drops = reasons({ dropped: counters.packets_dropped, edge_full: counters.edge_full, errors: counters.errors, bad_descriptors: counters.bad_descriptors });
  const standing = component.standing_in ? " (stand-in)" : "";
  return [
    component.name, `${state(component.state)}${standing}`, String(counters.packets_in), bytes(counters.bytes_in), String(counters.packets_out), bytes(counters.bytes_out),
    eachPacket(counters), drops || "-", String(component.queued), usage ? percent(usage.cpu_percent) : "-", usage ? bytes(usage.memory_bytes) : "-", String(component.restarts),
  ];
}

function totals(monitor: Monitor): string {
  const { statistics, usage } = monitor;
  if (!statistics) return "no engine runs";
  const drops = reasons(statistics.dropped);
  const made = statistics.created > 0 ? `, created ${statistics.created}` : "";
  return `received ${statistics.received}${made}, transmitted ${statistics.transmitted}, in flight ${statistics.in_flight}, dropped ${drops || "none"}; CPU ${percent(usage.total.cpu_percent)}, memory ${bytes(usage.total.memory_bytes)}`;
}

export function text(instance: Instance, monitor: Monitor): string {
  const { statistics, usage } = monitor;
  const lines = [`${colors.bold(instance.name)}  ${state(instance.state)}`, totals(monitor)];
  if (!statistics) return lines.join("\n");
  const engine = ["engine", state("running"), String(statistics.received), "", String(statistics.transmitted), "", "", reasons(statistics.dropped) || "-", "", percent(usage.engine.cpu_percent), bytes(usage.engine.memory_bytes), ""];
  const headings = ["component", "state", ">packets in", ">bytes in", ">packets out", ">bytes out", ">each takes", "drops", ">queued", ">cpu", ">memory", ">restarts"];
  lines.push("", table(headings, [engine, ...statistics.components.map((component) => componentRow(monitor, component))]));
  const shards = (statistics.shards ?? []).map((shard) => [String(shard.shard), String(shard.received), String(shard.transmitted), String(shard.in_flight), reasons(shard.dropped) || "-", `${(shard.engine.cpu_ns / 1e9).toFixed(1)} s`]);
  if (shards.length > 0) lines.push("", table(["engine thread", ">received", ">transmitted", ">in flight", "dropped", ">cpu"], shards));
  const ports = statistics.ports.map((port) => [port.name, port.backend, state(port.state) + (port.reason ? ` (${port.reason})` : ""), String(port.rx_packets), bytes(port.rx_bytes), String(port.tx_packets), bytes(port.tx_bytes), String(port.rx_missed + port.tx_missed)]);
  lines.push("", table(["port", "backend", "state", ">received", "", ">transmitted", "", ">missed"], ports));
  const paths = statistics.nsh.map(({ spi, si, dropped }) => [String(spi), String(si), reasons(dropped)]);
  if (paths.length > 0) lines.push("", table([">spi", ">si", "dropped on the service path"], paths));
  return lines.join("\n");
}

async function look(context: Context, name: string | undefined): Promise<{ instance: Instance; monitor: Monitor }[]> {
  const { client } = context;
  const instances = name === undefined ? await allInstances(context) : [await findInstance(context, name)];
  const monitor = (id: string) => client.call(client.rest.GET("/coven/v1/instances/{id}/statistics", { params: { path: { id } } }));
  return Promise.all(instances.map(async (instance) => ({ instance, monitor: await monitor(instance.id) })));
}

async function once(context: Context, name: string | undefined, clear: string): Promise<void> {
  const seen = await look(context, name);
  const json = name === undefined ? seen.map(({ monitor }) => monitor) : seen[0]?.monitor;
  context.print(json, () => clear + (seen.length === 0 ? "nothing is deployed" : seen.map(({ instance, monitor }) => text(instance, monitor)).join("\n\n")));
}

export async function run(context: Context, [name]: string[], { watch }: { watch?: boolean }): Promise<void> {
  const clear = watch && process.stdout.isTTY ? "\u001b[H\u001b[2J" : "";
  await once(context, name, clear);
  while (watch && !context.signal.aborted) {
    await context.pause(watch_ms).catch(() => undefined);
    if (!context.signal.aborted) await once(context, name, clear);
  }
}
