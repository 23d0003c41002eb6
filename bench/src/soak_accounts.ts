/** Every packet is somewhere: the engine's accounts, and those of the kernel's interfaces beside them. */
import { readFileSync, writeFileSync } from "node:fs";
import type { EngineStatistics } from "@coven/contract";
import type { Rig } from "@coven/testbed";

type Side = "lan" | "wan";
const sides: readonly Side[] = ["lan", "wan"];
interface Counts { rx: number; tx: number }

const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);

/** Drops by reason between two instants. */
export const dropped = (from: EngineStatistics, to: EngineStatistics): Record<string, number> =>
  Object.fromEntries(Object.entries(to.dropped).map(([reason, count]) => [reason, count - (from.dropped[reason] ?? 0)]));

/** What the engine says of a port, as its interface counts. */
function portOf({ ports }: EngineStatistics, side: Side): Counts & { missed: number } {
  const port = ports.find(({ name }) => name === side);
  if (!port) throw new Error(`there is no port ${side}`);
  return { rx: port.rx_packets + port.rx_missed, tx: port.tx_packets - port.tx_missed, missed: port.rx_missed };
}

export class Accounts {
  looks = 0;
  readonly #links: Record<Side, string>;
  readonly #first: Record<Side, { link: Counts; port: Counts }>;
  #last: EngineStatistics;

  constructor(rig: Rig, now: EngineStatistics) {
    this.#links = { lan: rig.lan, wan: rig.wan };
    // The host itself says nothing there: what leaves is the engine's.
    for (const side of sides) writeFileSync(`/proc/sys/net/ipv6/conf/${this.#links[side]}/disable_ipv6`, "1");
    const of = (side: Side) => ({ link: this.#link(side), port: portOf(now, side) });
    this.#first = { lan: of("lan"), wan: of("wan") };
    this.#last = now;
  }

  /** Packets that found no place in front of the ports. */
  get missed(): number {
    return sum(sides.map((side) => portOf(this.#last, side).missed));
  }

  /** Throws where a packet is missing, or is there twice; packets may be moving. */
  look(now: EngineStatistics): void {
    const { received, created, transmitted, in_flight, bad_frames = 0 } = now;
    const out = transmitted + sum(Object.values(now.dropped)) + in_flight;
    if (received + created !== out) throw new Error(`${received} received and ${created} created are not ${transmitted} transmitted, ${in_flight} in flight and ${JSON.stringify(now.dropped)}`);
    if (bad_frames > 0) throw new Error(`${bad_frames} descriptors were bad`);
    if (sum(now.ports.map((port) => port.rx_packets)) !== received) throw new Error("the ports did not receive what the engine received");
    for (const side of sides) {
      const { link, port } = this.#since(now, side);
      if (port.rx > link.rx) throw new Error(`${side}: ${port.rx} packets came from an interface that has seen ${link.rx}`);
      if (port.tx > link.tx) throw new Error(`${side}: ${port.tx} packets left by an interface that has seen ${link.tx}`);
    }
    this.#last = now;
    this.looks++;
  }

  /** The same once nothing moves: engine and interfaces have counted alike, and every frame is home. */
  close(now: EngineStatistics): void {
    this.look(now);
    if (now.in_flight !== 0) throw new Error(`${now.in_flight} packets stay in flight`);
    for (const side of sides) {
      const { link, port } = this.#since(now, side);
      if (port.rx !== link.rx || port.tx !== link.tx) throw new Error(`${side}: the port has ${JSON.stringify(port)}, its interface ${JSON.stringify(link)}`);
    }
  }

  #since(now: EngineStatistics, side: Side): { link: Counts; port: Counts } {
    const [first, link, port] = [this.#first[side], this.#link(side), portOf(now, side)];
    return { link: { rx: link.rx - first.link.rx, tx: link.tx - first.link.tx }, port: { rx: port.rx - first.port.rx, tx: port.tx - first.port.tx } };
  }

  #link(side: Side): Counts {
    const of = (what: string) => Number(readFileSync("/proc/net/dev", "utf8").split("\n").find((line) => line.trim().startsWith(`${this.#links[side]}:`))?.trim().split(/[:\s]+/)[what === "rx" ? 2 : 10]);
    return { rx: of("rx"), tx: of("tx") };
  }
}
