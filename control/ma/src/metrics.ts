/** Prometheus' view of all instances, made when it is asked for. */
import type { EngineStatistics, UsageView } from "@coven/contract";
import { catalogue } from "@coven/ea";
import { Counter, Gauge, Registry } from "prom-client";
import type { Ground } from "./ground.ts";
import type { Monitor } from "./monitor.ts";
import type { InstanceRow } from "./store.ts";

type Labels = Record<string, string | number>;

/** One scrape: metrics are made as they are met, so that what is gone is not told any more. */
class Scrape {
  readonly registry = new Registry();
  readonly #made = new Map<string, Counter | Gauge>();

  gauge(name: string, help: string, labels: Labels, value: number): void {
    const make = () => new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
    (this.#metric(name, make) as Gauge).set(labels, value);
  }

  counter(name: string, help: string, labels: Labels, value: number): void {
    const make = () => new Counter({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
    (this.#metric(name, make) as Counter).inc(labels, value);
  }

  #metric(name: string, make: () => Counter | Gauge): Counter | Gauge {
    const metric = this.#made.get(name) ?? make();
    this.#made.set(name, metric);
    return metric;
  }
}

const portCounters = ["rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_missed", "tx_missed"] as const;

export async function metrics(ground: Ground, monitor: Monitor): Promise<string> {
  const scrape = new Scrape();
  const rows = ground.store.instances.all();
  for (const state of ["not-instantiated", "stopped", "running", "failed"]) {
    scrape.gauge("coven_instances", "Instances by state", { state }, rows.filter((row) => row.state === state).length);
  }
  await Promise.all(rows.map((row) => instance(scrape, ground, monitor, row)));
  return scrape.registry.metrics();
}

async function instance(scrape: Scrape, ground: Ground, monitor: Monitor, row: InstanceRow): Promise<void> {
  const labels = { instance: row.name };
  const live = ground.live.get(row.id);
  scrape.gauge("coven_instance_up", "1 while the engine of the instance runs", labels, live ? 1 : 0);
  if (!live) return;
  const used = monitor.usage(row);
  usage(scrape, { ...labels, process: "engine" }, used.engine);
  for (const [component, one] of Object.entries(used.components)) {
    usage(scrape, { ...labels, process: component }, one);
    scrape.counter("coven_component_restarts_total", "How often the component was started again", { ...labels, component }, ground.store.task(row.id, component).restarts);
  }
  const [statistics, agents] = await Promise.all([
    live.engine.stats().catch(() => undefined),
    row.state === "running" ? catalogue(Object.keys(used.components).map((name) => live.agent(name, 500))) : [],
  ]);
  if (statistics) traffic(scrape, labels, statistics);
  for (const { component, items } of agents) {
    for (const { name, kind, value } of items) {
      if ((kind === "counter" || kind === "gauge") && typeof value === "number") {
        scrape.gauge("coven_agent_item", "What the extended agents expose", { ...labels, component, item: name, kind }, value);
      }
    }
  }
}

function usage(scrape: Scrape, labels: Labels, { cpu_ns, memory_bytes }: UsageView): void {
  scrape.counter("coven_process_cpu_seconds_total", "CPU time of the process", labels, cpu_ns / 1e9);
  scrape.gauge("coven_process_memory_bytes", "Proportional set size of the process", labels, memory_bytes);
}

function traffic(scrape: Scrape, labels: Labels, statistics: EngineStatistics): void {
  for (const name of ["received", "created", "transmitted"] as const) {
    scrape.counter(`coven_packets_${name}_total`, `Packets ${name} by the instance`, labels, statistics[name]);
  }
  scrape.gauge("coven_packets_in_flight", "Packets inside the instance", labels, statistics.in_flight);
  for (const [reason, count] of Object.entries(statistics.dropped)) scrape.counter("coven_packets_dropped_total", "Packets dropped by the instance", { ...labels, reason }, count);
  for (const { spi, si, dropped } of statistics.nsh) {
    for (const [reason, count] of Object.entries(dropped)) scrape.counter("coven_nsh_dropped_total", "Packets dropped on a service path, by its index", { ...labels, spi, si, reason }, count);
  }
  for (const shard of statistics.shards ?? []) {
    const of = { ...labels, thread: shard.shard };
    for (const name of ["received", "transmitted"] as const) scrape.counter(`coven_thread_packets_${name}_total`, `Packets ${name} by a thread of the engine`, of, shard[name]);
    scrape.counter("coven_thread_cpu_seconds_total", "CPU time of a thread of the engine", of, shard.engine.cpu_ns / 1e9);
  }
  for (const port of statistics.ports) {
    const of = { ...labels, port: port.name };
    scrape.gauge("coven_port_up", "1 while the port works", of, port.state === "up" ? 1 : 0);
    for (const name of portCounters) scrape.counter(`coven_port_${name}_total`, `${name} of the port`, of, port[name]);
  }
  for (const one of statistics.components) {
    const of = { ...labels, component: one.name };
    scrape.gauge("coven_component_queued", "Packets that wait for the component", of, one.queued);
    for (const [name, count] of Object.entries(one.counters)) scrape.counter(`coven_component_${name}_total`, `${name} of the component`, of, count);
  }
}
