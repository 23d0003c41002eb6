/** A station: an engine without components that sends a capture from a host's interface and records what arrives there.
 * COVEN's own engine is the traffic generator, so that what sends and receives is as exact as what is tested. */
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Action, EngineStatistics, PortBinding } from "@coven/contract";
import type { Host } from "./hosts.ts";

export interface StationOptions {
  folder: string;
  engine: string;
  interface: string;
  /** Capture to send, and how fast. */
  send?: string;
  rate?: "full" | "recorded" | number;
  /** File for what arrives. */
  receive?: string;
}

export class Station {
  readonly #process: ChildProcess;
  readonly #socket: string;

  constructor(host: Host, options: StationOptions) {
    mkdirSync(options.folder, { recursive: true });
    const plan = join(options.folder, "plan.json");
    writeFileSync(plan, JSON.stringify({ actions: stationPlan(options) }));
    this.#socket = join(options.folder, "engine.sock");
    this.#process = host.spawn(options.engine, ["--folder", options.folder, "--plan", plan], join(options.folder, "engine.log"));
  }

  /** Counters, now. */
  statistics(): Promise<EngineStatistics> {
    return request(this.#socket, "stats") as Promise<EngineStatistics>;
  }

  /** Resolves once the station listens and sends. */
  async ready(): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      if (this.#process.exitCode !== null) break;
      if (await this.statistics().then((now) => now.traffic === "on", () => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`the station did not start: see ${this.#socket.replace(/sock$/, "log")}`);
  }

  /** Resolves once everything has been sent. */
  async sent(limit_ms: number): Promise<EngineStatistics> {
    const end = Date.now() + limit_ms;
    for (;;) {
      const now = await this.statistics().catch(() => undefined);
      if (now?.ports.some((port) => port.name === "source" && port.done) && now.in_flight === 0) return now;
      if (Date.now() > end) throw new Error(`the station did not send its capture within ${limit_ms} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends it; its recording is complete then. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    // nsenter has become the engine: exec, not fork, so this is the engine's pid.
    this.#process.kill("SIGTERM");
    await gone;
  }
}

function stationPlan(options: StationOptions): Action[] {
  const port = (number: number, name: string, { backend, ...rest }: PortBinding): Action => ({ do: "open-port", port: number, name, backend, options: rest, nsh: "none" });
  const path = (number: number, name: string, ingress: number, egress: number): Action => ({
    do: "add-path", path: number, name, ingress: { port: ingress }, egress, context: "none", oam: "drop",
  });
  const source: PortBinding = { backend: "pcap", ...(options.send ? { in: options.send } : {}), ...(options.receive ? { out: options.receive } : {}), rate: options.rate ?? "recorded" };
  return [
    { do: "create-channel", frames: 4096, frame_size: 2048, slots: 1, edge_limit: 512 },
    port(0, "source", source),
    port(1, "wire", { backend: "af_packet", interface: options.interface }),
    path(0, "send", 0, 1),
    path(1, "receive", 1, 0),
  ];
}

/** One request to an engine's control socket (spec/engine.md). */
export async function request(socket: string, method: string, params: unknown = {}): Promise<unknown> {
  const connection = createConnection(socket);
  try {
    await once(connection, "connect");
    connection.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })}\n`);
    for await (const line of createInterface({ input: connection })) {
      const answer = JSON.parse(line) as { id?: number; result?: unknown; error?: { message: string } };
      if (answer.id !== 1) continue;
      if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result;
    }
    throw new Error(`${method}: the engine closed the connection`);
  } finally {
    connection.destroy();
  }
}
