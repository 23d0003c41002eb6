/** A live table of the components: engine counters and what their extended agents show. */
import { type Platform, pause } from "@coven/testbed";

const columns = ["component", "packets in", "dropped", "flows", "marked", "cpu %", "MiB"] as const;
type Cells = Record<(typeof columns)[number], string>;

export class LiveTable {
  readonly #platform: Platform;
  readonly #instance: string;
  readonly #rtt_us: number | undefined;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #height = 0;

  constructor(platform: Platform, instance: string, rtt_us: number | undefined) {
    this.#platform = platform;
    this.#instance = instance;
    this.#rtt_us = rtt_us;
  }

  start(): void {
    this.#running = true;
    this.#loop = this.#run();
  }

  /** Shows the last figures and stops. */
  async end(): Promise<void> {
    this.#running = false;
    await this.#loop;
    this.#print(await this.#rows());
  }

  async #run(): Promise<void> {
    while (this.#running) {
      if (process.stdout.isTTY) this.#print(await this.#rows());
      await pause(250);
    }
  }

  async #rows(): Promise<Cells[]> {
    const [monitor, agents] = await Promise.all([this.#platform.monitor(this.#instance), this.#platform.agents(this.#instance)]);
    return (monitor.statistics?.components ?? []).map((component) => {
      const items = new Map(agents.find((agent) => agent.component === component.name)?.items.map((item) => [item.name, item.value]));
      const usage = monitor.usage.components[component.name];
      const shown = (name: string) => String(items.get(name) ?? "");
      return {
        component: component.name,
        "packets in": String(component.counters.packets_in),
        dropped: String(component.counters.packets_dropped),
        flows: shown("flows"),
        marked: shown("marked"),
        "cpu %": usage ? usage.cpu_percent.toFixed(1) : "",
        MiB: usage ? (usage.memory_bytes / 2 ** 20).toFixed(1) : "",
      };
    });
  }

  #print(rows: Cells[]): void {
    const width = (column: keyof Cells) => Math.max(column.length, ...rows.map((row) => row[column].length));
    const line = (cell: (column: keyof Cells) => string) => `     ${columns.map((column) => (column === "component" ? cell(column).padEnd(width(column)) : cell(column).padStart(width(column)))).join("  ")}`;
    const lines = [line((column) => column), ...rows.map((row) => line((column) => row[column]))];
    if (this.#rtt_us !== undefined) lines[0] += `     round trip ${this.#rtt_us.toFixed(0)} µs`;
    const up = process.stdout.isTTY && this.#height ? `\x1b[${this.#height}A\x1b[J` : "";
    process.stdout.write(`${up}${lines.join("\n")}\n`);
    this.#height = lines.length;
  }
}
