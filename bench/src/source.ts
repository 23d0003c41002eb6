/** What offers packets to a forwarder, and what counts those that come through: an engine of ours that makes packets and sends them
 * from the client, and the counter of the server's interface, which costs every forwarder the same. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Action, EngineStatistics } from "@coven/contract";
import { engineBinary, pause, request, type Rig } from "@coven/testbed";
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

function planOf(rate: number | "full"): Action[] {
  const port = (number: number, name: string, backend: "generate" | "af_packet", options: Record<string, unknown>): Action => ({ do: "open-port", port: number, name, backend, options, nsh: "none" });
  return [
    { do: "create-channel", frames: 4096, frame_size: 2048, slots: 1, edge_limit: 512 },
    port(0, "source", "generate", { size: 64, rate }),
    port(1, "wire", "af_packet", { interface: "eth0" }),
    { do: "add-path", path: 0, name: "send", ingress: { port: 0 }, egress: 1, context: "none", oam: "drop" },
    { do: "add-path", path: 1, name: "away", ingress: { port: 1 }, egress: 0, context: "none", oam: "drop" },
  ];
}

const sentOf = ({ ports }: EngineStatistics): number => ports.filter(({ name }) => name === "wire").reduce((sum, port) => sum + port.tx_packets - port.tx_missed, 0);

/** What all have to do once is done before it counts: memory is touched, flows are learned. */
async function warmUp(socket: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await request(socket, "hello").then(() => true, () => false)) break;
    await pause(5);
  }
  await pause(100);
  await request(socket, "stop");
  await pause(50);
}

/** Offer `rate` packets a second for so long, the source on CPU 0. */
export async function trial(rig: Rig, folder: string, forwarder: Forwarder, rate: number | "full", window_ms: number): Promise<Trial> {
  const place = mkdtempSync(join(folder, "source-"));
  const plan = join(place, "plan.json");
  const socket = join(place, "engine.sock");
  writeFileSync(plan, JSON.stringify({ actions: planOf(rate) }));
  const source = rig.client.spawn("taskset", ["-c", "0", engineBinary, "--folder", place, "--plan", plan], join(place, "log"));
  const pids = [...forwarder.pids, source.pid ?? 0];
  const sent = async () => sentOf((await request(socket, "stats")) as EngineStatistics);
  try {
    await warmUp(socket);
    const [sentBefore, arrivedBefore, cpu, began] = [await sent(), arrivals(rig), cpuOfAll_ns(pids), performance.now()];
    await request(socket, "start");
    await pause(window_ms);
    await request(socket, "stop");
    const seconds = (performance.now() - began) / 1000;
    await pause(50);
    const [offered, arrived, used] = [(await sent()) - sentBefore, arrivals(rig) - arrivedBefore, cpuOfAll_ns(pids) - cpu];
    return { offered: offered / seconds, arrived: arrived / seconds, lost: Math.max(0, 1 - arrived / offered), cpu_ns: used / offered };
  } finally {
    const gone = once(source, "exit");
    source.kill("SIGTERM");
    await gone;
    rmSync(place, { recursive: true, force: true });
  }
}
