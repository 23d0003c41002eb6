/** An engine inside the process that asks for it: one plan, one channel, ports `pcap`, `loopback` and `af_packet`. Needs no root, no daemon, no Rust. */
import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { type Action, CovenError, type EngineStatistics } from "@coven/contract";
import * as at from "@coven/sdk/channel";
import { type HostAddon, hostAddon } from "@coven/sdk/host";
import { Graph } from "./graph.ts";
import { bury, revive } from "./reclaim.ts";
import { Segment } from "./segment.ts";
import { Stage } from "./stage.ts";
import { statisticsOf } from "./statistics.ts";

export interface EngineOptions {
  /** Holds the bells; private to this engine. */
  folder: string;
  /** The Node SDK's addon. */
  addon: string;
  /** Every packet begins with these bytes of context, at most 16. */
  context?: Uint8Array;
}

/** Passes in a row before timers, sockets and signals of this process get their turn. */
const passes_max = 64;
/** Looks without a packet, the CPU given away before each, until it sleeps (spec/channel.md §3). */
const yields_max = 2;
/** No sleep is longer, whatever was missed. */
const sleep_ms_max = 1000;

export class Engine {
  readonly #addon: HostAddon;
  readonly #segment: Segment;
  readonly #graph: Graph;
  readonly #stage: Stage;
  readonly #bells: number[] = [];
  readonly #files: string[] = [];
  readonly #bell: Socket;
  readonly #ended: Promise<void>;
  #passes = 0;
  #parks = 0;
  #open = true;
  #broken: unknown;
  #ring: () => void = () => {};

  /** Makes the channel and everything of the plan; components may attach then. */
  constructor(options: EngineOptions, actions: readonly Action[]) {
    const [first, ...rest] = actions;
    if (first?.do !== "create-channel") throw new CovenError("ENGINE_FAILED", ["apply the plan", "create-channel comes first"]);
    const addon = hostAddon(options.addon);
    this.#addon = addon;
    this.#segment = new Segment(addon, first);
    this.#graph = new Graph(this.#segment, addon);
    this.#stage = new Stage(this.#segment, this.#graph, (slot) => this.#wake(slot), options.context ?? new Uint8Array(0));
    try {
      for (let slot = 0; slot <= first.slots; slot++) this.#makeBell(join(options.folder, `bell.${slot}`), addon.bell);
      for (const action of rest) this.#graph.add(action);
      this.#graph.publish();
    } catch (error) {
      this.#release();
      throw error;
    }
    this.#bell = new Socket({ fd: this.#bells[0]!, readable: true, writable: false });
    this.#bell.on("data", () => this.#ring());
    this.#ended = this.#run().catch((error) => {
      this.#broken = error;
    });
  }

  /** Path of the segment, as long as this process lives. */
  get channel(): string {
    return `/proc/${process.pid}/fd/${this.#segment.fd}`;
  }

  #makeBell(path: string, make: (path: string) => void): void {
    make(path);
    this.#files.push(path);
    this.#bells.push(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
  }

  start(): void {
    this.#receive(true);
  }

  stop(): void {
    this.#receive(false);
  }

  #receive(on: boolean): void {
    this.#stage.receiving = on;
    Atomics.store(this.#segment.words, at.HEADER_OFF_STATE / 4, on ? at.CHANNEL_STATE_RUNNING : at.CHANNEL_STATE_DRAINING);
    this.#ring();
  }

  stats(): EngineStatistics {
    return statisticsOf(this.#graph, this.#stage, { passes: this.#passes, parks: this.#parks });
  }

  /** Every replaying port is at its end, and nothing is in flight. Throws what the loop broke at, if it did. */
  get done(): boolean {
    if (this.#broken) throw this.#broken;
    return this.#stage.replayed && this.#stage.empty;
  }

  /** Order a component to hand on what it holds and leave. */
  release(slot: number): void {
    Atomics.store(this.#segment.words, this.#segment.slotWord(slot, at.SLOT_OFF_STOP), 1);
    this.#wake(slot);
  }

  /** The process in this slot has ended. */
  exited(slot: number): void {
    if (this.#open) bury(slot, this.#graph, this.#stage);
    this.#ring();
  }

  /** No packet is with a component. */
  get idle(): boolean {
    return this.#stage.empty;
  }

  /** The process in this slot has ended; another may attach there. */
  renew(slot: number): void {
    for (const offset of [at.SLOT_OFF_STOP, at.SLOT_OFF_STATE, at.SLOT_OFF_ACK_EPOCH, at.SLOT_OFF_PID, at.SLOT_OFF_PARK, at.SLOT_OFF_ERROR]) {
      Atomics.store(this.#segment.words, this.#segment.slotWord(slot, offset), 0);
    }
    revive(slot, this.#graph);
  }

  /** Closes ports, removes its files, ends. */
  async close(): Promise<void> {
    if (!this.#open) return this.#ended;
    this.#open = false;
    this.#ring();
    await this.#ended;
    this.#bell.destroy();
    this.#bells.shift(); // the socket's own
    this.#release();
  }

  #release(): void {
    for (const { port } of this.#graph.ports.values()) port.close();
    for (const fd of [...this.#bells, this.#segment.fd]) closeSync(fd);
    for (const file of this.#files) rmSync(file, { force: true });
  }

  #wake(slot: number): void {
    const park = this.#segment.slotWord(slot, at.SLOT_OFF_PARK);
    if (Atomics.exchange(this.#segment.words, park, 0) !== 1) return;
    try {
      writeSync(this.#bells[slot]!, "!");
    } catch (error) {
      // A full pipe is a rung bell.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }

  async #run(): Promise<void> {
    while (this.#open) {
      if (!this.#work()) await this.#sleep();
      await turn();
    }
  }

  /** False: there is nothing to do. */
  #work(): boolean {
    for (let passes = 0, yields = 0; passes < passes_max; passes++) {
      this.#passes++;
      if (this.#stage.pass()) yields = 0;
      else if (yields++ === yields_max) return false;
      else this.#addon.yield();
    }
    return true;
  }

  /** spec/channel.md §2, P1 to P5. */
  async #sleep(): Promise<void> {
    const park = this.#segment.slotWord(0, at.SLOT_OFF_PARK);
    const ports = [...this.#graph.ports.values()].map(({ port }) => port);
    for (const port of ports) port.flush();
    for (const port of this.#stage.receiving ? ports : []) port.watch?.(() => this.#ring());
    Atomics.store(this.#segment.words, park, 1);
    for (const { producer } of this.#graph.edges.values()) if (producer?.space === 0) producer.want();
    const dues = this.#stage.receiving ? ports.flatMap((port) => port.due() ?? []) : [];
    // What came since the last pass is moved here: this pass is the second look.
    if (!this.#stage.pass() && this.#open) await this.#rung(Math.min(sleep_ms_max, ...dues.filter((due) => due > 0)));
    Atomics.exchange(this.#segment.words, park, 0);
  }

  #rung(most_ms: number): Promise<void> {
    this.#parks++;
    return new Promise((resolve) => {
      const awake = () => {
        clearTimeout(timer);
        this.#ring = () => {};
        resolve();
      };
      const timer = setTimeout(awake, most_ms);
      this.#ring = awake;
    });
  }
}
