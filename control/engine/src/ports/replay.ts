/** When the packets of a capture arrive. */
import { readCapture } from "@coven/sdk/captures";
import type { Arrival } from "./port.ts";

export type Rate = "full" | "recorded" | number;

/** Further behind than this, the schedule starts again instead of making up for it in one burst. */
const behind_ms_max = 1000;

export class Replay {
  readonly #file: string;
  readonly #rate: Rate;
  readonly #records: Generator<Arrival, void>;
  #next: Arrival | undefined;
  #number = 0;
  #start: { at_ms: number; time_ns: bigint; number: number } | undefined;
  failed: string | undefined;

  /** Reads the first packet, so that a file without any right one is refused. */
  constructor(file: string, rate: Rate) {
    this.#file = file;
    this.#rate = rate;
    this.#records = readCapture(file);
    this.#advance();
    if (this.failed) throw new Error(this.failed);
  }

  get done(): boolean {
    return this.#next === undefined;
  }

  receive(most: number): Arrival[] {
    const arrived: Arrival[] = [];
    while (this.#next && arrived.length < most && this.due() === 0) {
      arrived.push(this.#next);
      this.#number++;
      this.#advance();
    }
    return arrived;
  }

  due(): number | undefined {
    if (!this.#next) return undefined;
    if (this.#rate === "full") return 0;
    const now = performance.now();
    const wait_ms = this.#start ? this.#start.at_ms + this.#afterStart_ms(this.#next) - now : 0;
    if (!this.#start || wait_ms < -behind_ms_max) this.#start = { at_ms: now, time_ns: this.#next.time_ns, number: this.#number };
    return Math.max(0, wait_ms);
  }

  #afterStart_ms({ time_ns }: Arrival): number {
    const start = this.#start ?? { time_ns, number: this.#number };
    if (typeof this.#rate === "number") return ((this.#number - start.number) * 1000) / this.#rate;
    return Math.max(0, Number(time_ns - start.time_ns) / 1e6);
  }

  #advance(): void {
    try {
      this.#next = this.#records.next().value ?? undefined;
    } catch (error) {
      this.#next = undefined;
      this.failed = `${this.#file}: ${(error as Error).message}`;
    }
  }

  close(): void {
    this.#records.return();
  }
}
