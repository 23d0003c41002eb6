/** Captures written: pcap with nanoseconds, through a buffer that is flushed when traffic pauses. */
import { closeSync, openSync, writeSync } from "node:fs";

const buffer_bytes = 256 * 1024;

export class CaptureWriter {
  readonly #fd: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** `isOn`: the file is such a capture already, and goes on. */
  constructor(file: string, isOn = false) {
    this.#fd = openSync(file, isOn ? "a" : "w", 0o644);
    if (isOn) return;
    const head = Buffer.alloc(24);
    head.writeUInt32LE(0xa1b23c4d, 0);
    head.writeUInt16LE(2, 4);
    head.writeUInt16LE(4, 6);
    head.writeUInt32LE(65_535, 16);
    head.writeUInt32LE(1, 20);
    this.#add(head);
    this.flush();
  }

  write(bytes: Uint8Array, time_ns: bigint): void {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(Number(time_ns / 1_000_000_000n), 0);
    head.writeUInt32LE(Number(time_ns % 1_000_000_000n), 4);
    head.writeUInt32LE(bytes.length, 8);
    head.writeUInt32LE(bytes.length, 12);
    this.#add(head);
    this.#add(bytes);
    if (this.#bytes >= buffer_bytes) this.flush();
  }

  #add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  flush(): void {
    const all = Buffer.concat(this.#parts);
    [this.#parts, this.#bytes] = [[], 0];
    for (let done = 0; done < all.length; ) done += writeSync(this.#fd, all, done);
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }
}
