/** What offers packets to a forwarder, and what counts those that come through: an engine of ours that makes packets and sends them
 * from the client, and the counter of the server's interface, which costs every forwarder the same. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Action, EngineStatistics } from "@coven/contract";
import { engineBinary, type Host, pause, request, type Rig } from "@coven/testbed";
import { cpuOfAll_ns } from "./cpu.ts";
import type { Forwarder } from "./wires.ts";

export interface Trial {
  /** A second, as sent and as arrived. */
  offered: number;
  arrived: number;
  /** Share that did not arrive. */
  lost: number;
  /** Of the forwarder and of the source, in nanoseconds a packet sent. */
  cpu_ns: number;
}

const arrivals = (rig: Rig): number => Number(/eth0: *\d+ +(\d+)/.exec(rig.server.output("cat", ["/proc/net/dev"]))?.[1] ?? Number.NaN);

/** What one stream of packets is like (spec/engine.md, generate). */
export interface Stream { size?: number; rate: number | "full"; flows?: number; spi?: number }

function planOf(streams: readonly Stream[]): Action[] {
  const port = (number: number, name: string, backend: "generate" | "af_packet", options: Record<string, unknown>): Action => ({ do: "open-port", port: number, name, backend, options, nsh: "none" });
  return [
    { do: "create-channel", frames: 4096, frame_size: 2048, slots: 1, edge_limit: 512 },
    port(0, "wire", "af_packet", { interface: "eth0" }),
    ...streams.flatMap((stream, n): Action[] => [
      port(n + 1, `source-${n}`, "generate", { ...stream }),
      { do: "add-path", path: n, name: `send-${n}`, ingress: { port: n + 1 }, egress: 0, context: "none", oam: "drop" },
    ]),
    { do: "add-path", path: streams.length, name: "away", ingress: { port: 0 }, egress: 1, context: "none", oam: "drop" },
  ];
}

const sentOf = ({ ports }: EngineStatistics): number => ports.filter(({ name }) => name === "wire").reduce((sum, port) => sum + port.tx_packets - port.tx_missed, 0);

/** An engine of ours on a host that makes packets; none move before `start`. */
export class Source {
  readonly #place: string;
  readonly #socket: string;
  readonly #process: ChildProcess;

  constructor(host: Host, folder: string, streams: readonly Stream[], prefix: readonly string[] = ["taskset", "-c", "0"]) {
    this.#place = mkdtempSync(join(folder, "source-"));
    this.#socket = join(this.#place, "engine.sock");
    const plan = join(this.#place, "plan.json");
    writeFileSync(plan, JSON.stringify({ actions: planOf(streams) }));
    const [program = "", ...words] = [...prefix, engineBinary, "--folder", this.#place, "--plan", plan];
    this.#process = host.spawn(program, words, join(this.#place, "log"));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What all have to do once is done before it counts: memory is touched, flows are learned. */
  async warmUp(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (await request(this.#socket, "hello").then(() => true, () => false)) break;
      await pause(5);
    }
    await pause(100);
    await this.stop();
    await pause(50);
  }

  start = () => request(this.#socket, "start");
  stop = () => request(this.#socket, "stop");
  sent = async (): Promise<number> => sentOf((await request(this.#socket, "stats")) as EngineStatistics);

  async remove(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await gone;
    }
    rmSync(this.#place, { recursive: true, force: true });
  }
}

/** Offer `rate` packets a second for so long, the source on CPU 0. */
export async function trial(rig: Rig, folder: string, forwarder: Forwarder, rate: number | "full", window_ms: number): Promise<Trial> {
  const source = new Source(rig.client, folder, [{ size: 64, rate }]);
  const pids = [...forwarder.pids, source.pid];
  try {
    await source.warmUp();
    const [sentBefore, arrivedBefore, cpu, began] = [await source.sent(), arrivals(rig), cpuOfAll_ns(pids), performance.now()];
    await source.start();
    await pause(window_ms);
    await source.stop();
    const seconds = (performance.now() - began) / 1000;
    await pause(50);
    const [offered, arrived, used] = [(await source.sent()) - sentBefore, arrivals(rig) - arrivedBefore, cpuOfAll_ns(pids) - cpu];
    return { offered: offered / seconds, arrived: arrived / seconds, lost: Math.max(0, 1 - arrived / offered), cpu_ns: used / offered };
  } finally {
    await source.remove();
  }
}
