import { type Arrival, nowNs, type Port } from "./port.ts";

const line_max = 1024;

/** `loopback`: what is transmitted is received again. */
export class Loopback implements Port {
  readonly replays = false;
  readonly done = false;
  readonly failed = undefined;
  readonly #line: Arrival[] = [];

  receive(most: number): Arrival[] {
    return this.#line.splice(0, most);
  }

  transmit(bytes: Uint8Array): boolean {
    if (this.#line.length >= line_max) return false;
    this.#line.push({ bytes: bytes.slice(), original: bytes.length, time_ns: nowNs() });
    return true;
  }

  due(): number | undefined {
    return this.#line.length > 0 ? 0 : undefined;
  }

  flush(): void {}
  close(): void {}
}
