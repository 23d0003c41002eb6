/** A file read from the beginning to the end, in pieces of any size. */
import { closeSync, openSync, readSync } from "node:fs";

const chunk_bytes = 1 << 18;
/** No record of a capture is longer. */
const piece_max = 1 << 20;

export class Source {
  readonly #fd: number;
  #kept: Buffer = Buffer.alloc(0);
  #open = true;

  constructor(file: string) {
    this.#fd = openSync(file, "r");
  }

  /** The next `count` bytes; fewer at the end of the file. */
  take(count: number): Buffer {
    if (count > piece_max) throw new Error(`a record of ${count} bytes`);
    while (this.#kept.length < count && this.#fill());
    const taken = this.#kept.subarray(0, count);
    this.#kept = this.#kept.subarray(taken.length);
    return taken;
  }

  #fill(): boolean {
    if (!this.#open) return false;
    const chunk = Buffer.alloc(chunk_bytes);
    const got = readSync(this.#fd, chunk);
    if (got === 0) this.close();
    this.#kept = Buffer.concat([this.#kept, chunk.subarray(0, got)]);
    return got > 0;
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}
