import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";

const settle_ms = 100;
const folders_max = 1000;
/** What editors and interpreters leave is no change of the code. */
const isCode = (file: string) => !/(^|\/)(\.|node_modules\/|build\/|__pycache__\/)|~$|\.(pyc|pcap|pcapng|log)$/.test(file);

/** What is saved in a folder, told once it has settled. */
export class Changes {
  /** Of each folder, not of files: an editor may put a new file in the place of the old one. */
  readonly #watchers = new Map<string, FSWatcher>();
  #run = new AbortController();
  readonly #changed = new Set<string>();
  #closed = false;
  #tell: () => void = () => {};

  constructor(folder: string) {
    this.#watch(folder, "");
  }

  #watch(root: string, inside: string): void {
    const folder = join(root, inside);
    if (this.#watchers.has(inside) || this.#watchers.size === folders_max) return;
    const watcher = watch(folder, (_, name) => name !== null && this.#noticed(root, join(inside, name)));
    watcher.on("error", () => this.#forget(inside)); // it was removed
    this.#watchers.set(inside, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory() && isCode(`${join(inside, entry.name)}/`)) this.#watch(root, join(inside, entry.name));
  }

  #forget(inside: string): void {
    this.#watchers.get(inside)?.close();
    this.#watchers.delete(inside);
  }

  #noticed(root: string, file: string): void {
    if (!isCode(file) || this.#closed) return;
    const found = statSync(join(root, file), { throwIfNoEntry: false });
    if (found?.isDirectory()) this.#watch(root, file);
    else if (!found) this.#forget(file);
    this.#changed.add(file);
    this.#run.abort();
    this.#tell();
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
    for (const inside of [...this.#watchers.keys()]) this.#forget(inside);
    this.#run.abort();
    this.#tell();
  }
}
