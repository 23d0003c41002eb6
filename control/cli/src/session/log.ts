/** What a component writes, shown as it comes, with the author's own paths in it. */
import { closeSync, openSync, readSync } from "node:fs";

const chunk_bytes = 64 * 1024;
const kept_lines_max = 50;

export class Log {
  readonly file: string;
  readonly #show: (line: string) => void;
  readonly #paths: readonly (readonly [theirs: string, own: string])[];
  #at = 0;
  #rest = "";
  /** The latest lines. */
  readonly lines: string[] = [];

  constructor(file: string, paths: Log["paths"], show: (line: string) => void) {
    this.file = file;
    this.#paths = paths;
    this.#show = show;
  }
  get paths(): readonly (readonly [string, string])[] {
    return this.#paths;
  }

  /** Show what has come since. */
  read(): void {
    const fd = openSync(this.file, "a+");
    try {
      const chunk = Buffer.alloc(chunk_bytes);
      for (let got = readSync(fd, chunk, 0, chunk_bytes, this.#at); got > 0; got = readSync(fd, chunk, 0, chunk_bytes, this.#at)) {
        this.#at += got;
        this.#take(chunk.toString("utf8", 0, got));
      }
    } finally {
      closeSync(fd);
    }
  }

  /** The same, and the last line even if it is not whole. */
  end(): void {
    this.read();
    if (this.#rest) this.#take("\n");
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = (lines.pop() ?? "").slice(-chunk_bytes);
    for (const line of lines) {
      const shown = this.#paths.reduce((now, [theirs, own]) => now.replaceAll(theirs, own), line);
      this.lines.push(shown);
      if (this.lines.length > kept_lines_max) this.lines.shift();
      this.#show(shown);
    }
  }
}
