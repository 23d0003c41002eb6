/** What goes on, shown in place on a terminal; lines that are said stay above it. */
import type { EngineStatistics } from "@coven/contract";
import { colors, table } from "../text.ts";
import { outcomeText } from "./show.ts";
import type { Outcome } from "./session.ts";

export class Screen {
  readonly #live = Boolean(process.stdout.isTTY);
  #block = "";
  #seen: { statistics: EngineStatistics; at_ms: number } | undefined;

  /** A line for good. */
  say(line: string): void {
    if (!this.#live) return void process.stdout.write(`${line}\n`);
    this.#clear();
    process.stdout.write(`${line}\n${this.#block}`);
  }

  /** The figures as they are now, in place of those before. */
  show(title: string, outcome: Outcome): void {
    if (!this.#live) return;
    this.#clear();
    this.#block = `${this.#text(title, outcome)}\n`;
    process.stdout.write(this.#block);
  }

  /** For good; on no terminal these are the only figures. */
  last(title: string, outcome: Outcome): void {
    this.#clear();
    this.#block = "";
    process.stdout.write(`${this.#text(title, outcome)}\n`);
  }

  #text(title: string, outcome: Outcome): string {
    const now = { statistics: outcome.statistics, at_ms: performance.now() };
    const before = this.#seen;
    this.#seen = now;
    return `${portsText(now, before)}\n${outcomeText(title, outcome)}`;
  }

  #clear(): void {
    const lines = this.#block.split("\n").length - 1;
    if (this.#live && lines > 0) process.stdout.write(`\x1b[${lines}A\x1b[J`);
  }
}

interface Seen { statistics: EngineStatistics; at_ms: number }

function portsText(now: Seen, before: Seen | undefined): string {
  const seconds = before ? (now.at_ms - before.at_ms) / 1000 : 0;
  const rate = (count: number, old: number | undefined) => (seconds > 0 && old !== undefined ? `${Math.round((count - old) / seconds)}/s` : "");
  const rows = now.statistics.ports.map((port) => {
    const old = before?.statistics.ports.find(({ name }) => name === port.name);
    const missed = port.rx_missed + port.tx_missed;
    return [port.name, port.state === "up" ? port.backend : colors.red(port.reason ?? "down"), String(port.rx_packets), rate(port.rx_packets, old?.rx_packets), String(port.tx_packets), rate(port.tx_packets, old?.tx_packets), missed ? colors.red(String(missed)) : "0"];
  });
  return table(["PORT", "", ">RECEIVED", "", ">SENT", "", ">MISSED"], rows);
}
