import { watch } from "node:fs";

const settle_ms = 100;
/** What editors and interpreters leave is no change of the code. */
const isCode = (file: string) => !/(^|\/)(\.|node_modules\/|build\/|__pycache__\/)|~$|\.(pyc|pcap|pcapng|log)$/.test(file);

/** What is saved in a folder, told once it has settled. */
export class Changes {
  readonly #watcher;
  #run = new AbortController();
  readonly #changed = new Set<string>();
  #closed = false;
  #tell: () => void = () => {};

  constructor(folder: string) {
    this.#watcher = watch(folder, { recursive: true }, (_, file) => {
      if (file === null || !isCode(file)) return;
      this.#changed.add(file);
      this.#run.abort();
      this.#tell();
    });
  }

  /** Aborted by the next change. */
  begin(): AbortSignal {
    this.#run = new AbortController();
    return this.#run.signal;
  }

  get any(): boolean {
    return this.#changed.size > 0;
  }

  /** The files that changed; none if it is over. */
  async next(): Promise<string[]> {
    while (!this.any && !this.#closed) await new Promise<void>((resolve) => (this.#tell = resolve));
    await new Promise((resolve) => setTimeout(resolve, settle_ms));
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  close(): void {
    this.#closed = true;
    this.#watcher.close();
    this.#run.abort();
    this.#tell();
  }
}
