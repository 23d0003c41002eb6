/** `af_packet`: an interface of the host, through the addon (sdk/node/native/wire.c), a burst a system call. */
import type { HostAddon } from "@coven/sdk/host";
import { type Arrival, nowNs, type Port } from "./port.ts";

const [burst, slotBytes, words] = [32, 2048, 3];

export class AfPacket implements Port {
  readonly replays = false;
  readonly done = false;
  failed: string | undefined;
  readonly #addon: HostAddon;
  readonly #name: string;
  readonly #wire: number;
  readonly #in = { slots: new Uint8Array(burst * slotBytes), table: new Uint32Array(burst * words) };
  readonly #out = { slots: new Uint8Array(burst * slotBytes), table: new Uint32Array(burst * words) };
  #queued = 0;
  #missed = 0;
  tx_missed = 0;
  #ready: () => void = () => {};

  constructor(addon: HostAddon, { interface: name }: { interface?: string }) {
    if (!name) throw new Error("interface is missing");
    this.#addon = addon;
    this.#name = name;
    this.#wire = addon.wireOpen(name, () => this.#ready());
  }

  /** Valid until the next call. */
  receive(most: number): Arrival[] {
    if (this.failed !== undefined || most <= 0) return [];
    const { slots, table } = this.#in;
    const arrived: Arrival[] = [];
    const time_ns = nowNs();
    try {
      const count = this.#addon.wireReceive(this.#wire, slots.buffer, table.buffer, Math.min(most, burst));
      for (let word = 0; word < count * words; word += words) arrived.push({ bytes: slots.subarray(table[word], table[word]! + table[word + 1]!), original: table[word + 2]!, time_ns });
    } catch (error) {
      this.#fail((error as Error).message);
    }
    return arrived;
  }

  transmit(bytes: Uint8Array): boolean {
    if (bytes.length > slotBytes || this.failed !== undefined) return false;
    if (this.#queued === burst) this.push();
    const word = this.#queued * words;
    this.#out.table[word] = this.#queued * slotBytes;
    this.#out.table[word + 1] = bytes.length;
    this.#out.slots.set(bytes, this.#queued * slotBytes);
    this.#queued++;
    return true;
  }

  get rx_missed(): number {
    this.#missed += this.#addon.wireMissed(this.#wire);
    return this.#missed;
  }

  due(): number | undefined {
    return undefined;
  }

  flush(): void {
    this.push();
  }

  /** What the kernel has no room for is missed, as on a card. */
  push(): void {
    if (this.#queued === 0) return;
    const sent = this.#addon.wireSend(this.#wire, this.#out.slots.buffer, this.#out.table.buffer, this.#queued);
    this.tx_missed += this.#queued - Math.max(0, sent);
    this.#queued = 0;
    if (sent < 0) this.#fail("the interface is down");
  }

  watch(ready: () => void): void {
    this.#ready = ready;
    if (this.failed === undefined) this.#addon.wireWatch(this.#wire);
  }

  close(): void {
    this.push();
    this.#addon.wireClose(this.#wire);
  }

  #fail(why: string): void {
    this.failed ??= `${this.#name}: ${why}`;
  }
}
