/** A component's function on packets of a test's own, or of a capture, without the platform (spec/sdk.md). */
import type { Burst } from "../burst.ts";
import { readCapture } from "../captures/index.ts";
import { useLayout } from "../context.ts";
import { META_FLAG_CSUM_PARTIAL, META_FLAG_MD2, META_FLAG_NSH, META_OFF_FLAGS, META_OFF_FLOW_HASH, META_OFF_NSH_LENGTH, META_OFF_NSH_OFFSET, META_OFF_TIME_NS } from "../generated/channel.ts";
import { itemCalled, resetItems } from "../items.ts";
import { eachBurst, eachPacket, type Work } from "../loops.ts";
import { bytes as memory, table } from "../memory.ts";
import { failedVerdict, row, rows } from "../native.ts";
import { Packet } from "../packet.ts";
import { outputName, useOutputs, Verdict } from "../verdict.ts";
import * as stage from "./frames.ts";

/** The platform's flow hash is the engine's; here any that both directions share does. */
export interface PacketOptions {
  /** First bytes of the context, or fields by name. */
  context?: Uint8Array | Readonly<Record<string, unknown>>;
  timeNs?: bigint;
  /** The transport's checksum is to be completed later (CSUM_PARTIAL). */
  checksumPartial?: boolean;
  /** Where the frame has an NSH, as at an `aware` connection point; found behind Ethernet by itself. */
  nshAt?: number;
  /** What the packet was taken out of, with its NSH, as at a `proxy`. */
  nshBefore?: Uint8Array;
}

export interface Options {
  outputs?: readonly string[];
  /** Layout of the context, as in `COVEN_CONTEXT`. */
  context?: string;
  settings?: Readonly<Record<string, unknown>>;
}

export interface Own { readonly verdict: string; readonly bytes: Uint8Array; readonly context: Uint8Array }

export interface Result {
  /** Name of the output, `drop`, or `error`. */
  readonly verdict: string;
  /** What the function threw. */
  readonly error: unknown;
  /** As they leave. */
  readonly bytes: Uint8Array;
  readonly context: Uint8Array;
  /** Fields of the context as they leave, by name. */
  readonly fields: Packet["context"];
  /** Packets of its own that the component has sent. */
  readonly sent: readonly Own[];
}

export class Results extends Array<Result> {
  /** What `map` and its like make of results are plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** How many ended so. */
  count(verdict: string): number {
    return this.reduce((sum, result) => sum + (result.verdict === verdict ? 1 : 0), 0);
  }
}

const named = (verdict: number): string => (verdict === Verdict.drop ? "drop" : (outputName(verdict) ?? String(verdict)));

export class Harness {
  readonly #work: Work;
  #error: unknown;
  #timeNs = 1_700_000_000_000_000_000n;

  /** @internal */
  constructor(work: (failed: (error: unknown) => void) => Work, { outputs = ["out"], context = "", settings = {} }: Options) {
    useOutputs(outputs);
    useLayout(context);
    resetItems();
    for (const [name, value] of Object.entries(settings)) this.set(name, value);
    this.#work = work((error) => {
      this.#error = error;
    });
  }

  packet(bytes: Uint8Array, options: PacketOptions = {}): Result {
    if (bytes.length > stage.roomBytes) throw new RangeError(`a frame has room for ${stage.roomBytes} bytes, not ${bytes.length}`);
    this.#timeNs = options.timeNs ?? this.#timeNs + 1000n;
    stage.place(0, bytes.length);
    const at = table[row.at]!;
    memory.set(bytes, at);
    this.#describe(bytes, at, options);
    this.#error = undefined;
    this.#work(1);
    return this.#result();
  }

  /** Every packet of a pcap or pcapng file, with its time. */
  capture(file: string, options: PacketOptions = {}): Results {
    return Results.from(readCapture(file), ({ bytes, time_ns }) => this.packet(bytes, { ...options, timeNs: time_ns })) as Results;
  }

  /** Value of a counter, gauge, histogram or setting. */
  item(name: string): unknown {
    return itemCalled(name).get?.();
  }

  set(name: string, value: unknown): void {
    const item = itemCalled(name);
    if (!item.set) throw new Error(`${name} is a ${item.kind}, not a setting`);
    item.set(value);
  }

  call(name: string, argument = ""): unknown {
    const item = itemCalled(name);
    if (!item.call) throw new Error(`${name} is a ${item.kind}, not a command`);
    return item.call(argument);
  }

  #describe(bytes: Uint8Array, at: number, { context, checksumPartial, nshAt = nshIn(bytes), nshBefore }: PacketOptions): void {
    stage.metaWord(0, META_OFF_TIME_NS, 8, this.#timeNs);
    const packet = new Packet(0).refresh();
    const flow = packet.flow;
    stage.metaWord(0, META_OFF_FLOW_HASH, 4, flow ? hashOf(flow.key) ^ hashOf(flow.reversed.key) : 0);
    if (context instanceof Uint8Array) stage.setContext(0, context);
    else for (const [name, value] of Object.entries(context ?? {})) (packet.context as unknown as Record<string, unknown>)[name] = value;
    let flags = checksumPartial ? META_FLAG_CSUM_PARTIAL : 0;
    if (nshBefore) memory.set(nshBefore, at - nshBefore.length);
    const place = nshBefore ? at - nshBefore.length : nshAt === undefined ? undefined : at + nshAt;
    if (place !== undefined) {
      flags |= META_FLAG_NSH | ((memory[place + 2]! & 15) === 2 ? META_FLAG_MD2 : 0);
      stage.metaWord(0, META_OFF_NSH_OFFSET, 2, place - stage.frameAt(0));
      stage.metaWord(0, META_OFF_NSH_LENGTH, 2, (memory[place + 1]! & 63) * 4);
    }
    stage.metaWord(0, META_OFF_FLAGS, 2, flags);
  }

  #result(): Result {
    const verdict = table[row.verdict]!;
    const [bytes, context] = [stage.bytesOf(0), stage.contextOf(0)];
    const sent = stage.settle(0).map((own): Own => ({ ...own, verdict: named(own.verdict) }));
    return { verdict: verdict === failedVerdict ? "error" : named(verdict), error: this.#error, bytes, context, fields: fieldsOf(context), sent };
  }
}

/** A row of its own keeps the context of a result readable by name. */
function fieldsOf(context: Uint8Array): Packet["context"] {
  return new Proxy({} as Packet["context"], {
    get(_, name) {
      stage.place(lastRow, 0);
      stage.setContext(lastRow, context);
      const value = Reflect.get(new Packet(lastRow).refresh().context, name);
      stage.settle(lastRow);
      return value;
    },
  });
}
const lastRow = rows.burst - 1;

const etherTypeNsh = 0x894f;
/** Behind Ethernet and up to two tags. */
function nshIn(bytes: Uint8Array): number | undefined {
  for (let at = 12; at <= 20 && at + 2 <= bytes.length; at += 4) {
    const type = (bytes[at]! << 8) | bytes[at + 1]!;
    if (type === etherTypeNsh) return at + 2;
    if (type !== 0x8100 && type !== 0x88a8) return undefined;
  }
  return undefined;
}

const hashOf = (text: string): number => [...text].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);

/** Unit tests of a component: `decide` is what it gives to `run`. */
export const harness = (decide: (packet: Packet) => Verdict, options: Options = {}): Harness => new Harness((failed) => eachPacket(decide, failed), options);
/** The same for `runBurst`; bursts are of one packet. */
export const burstHarness = (work: (burst: Burst) => void, options: Options = {}): Harness => new Harness((failed) => eachBurst(work, failed), options);
