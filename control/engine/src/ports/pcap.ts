import { CaptureWriter } from "@coven/sdk/captures";
import { type Arrival, nowNs, type Port } from "./port.ts";
import { type Rate, Replay } from "./replay.ts";

export interface PcapOptions { in?: string; out?: string; rate?: Rate }

/** `pcap`: replays a capture and writes what is transmitted to another. Without `out` packets end here. */
export class Pcap implements Port {
  readonly replays: boolean;
  readonly #replay: Replay | undefined;
  #writer: CaptureWriter | undefined;
  #unwritten: string | undefined;

  constructor({ in: file, out, rate = "full" }: PcapOptions) {
    this.replays = file !== undefined;
    this.#replay = file === undefined ? undefined : new Replay(file, rate);
    this.#writer = out === undefined ? undefined : new CaptureWriter(out);
  }

  get done(): boolean {
    return this.#replay?.done ?? false;
  }
  get failed(): string | undefined {
    return this.#replay?.failed ?? this.#unwritten;
  }

  receive(most: number): Arrival[] {
    return this.#replay?.receive(most) ?? [];
  }

  transmit(bytes: Uint8Array): boolean {
    this.#attempt((writer) => writer.write(bytes.slice(), nowNs()));
    return true;
  }

  due(): number | undefined {
    return this.#replay?.due();
  }

  flush(): void {
    this.#attempt((writer) => writer.flush());
  }

  close(): void {
    this.#replay?.close();
    this.#attempt((writer) => writer.close());
    this.#writer = undefined;
  }

  /** After a failure nothing more is written. */
  #attempt(write: (writer: CaptureWriter) => void): void {
    if (!this.#writer || this.#unwritten !== undefined) return;
    try {
      write(this.#writer);
    } catch (error) {
      this.#unwritten = (error as Error).message;
    }
  }
}
