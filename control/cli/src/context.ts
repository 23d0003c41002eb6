/** What a command gets to work with. */
import { type Client, connect } from "@coven/client";
import { runtimeFolder } from "@coven/contract";
import { Failure, exit, interrupted } from "./exit.ts";

export interface CommonOptions { json?: boolean; folder?: string }

export class Context {
  readonly json: boolean;
  readonly folder: string;
  readonly url: string | undefined;
  readonly signal: AbortSignal;
  #client: Client | undefined;
  /** A folder that is given goes before COVEN_URL. */
  constructor({ json, folder }: CommonOptions, signal: AbortSignal, url = folder === undefined ? process.env.COVEN_URL : undefined) {
    this.json = json ?? false;
    this.folder = runtimeFolder(folder);
    this.url = url;
    this.signal = signal;
  }

  get client(): Client {
    this.#client ??= connect({ folder: this.folder, url: this.url, token: process.env.COVEN_TOKEN });
    return this.#client;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  /** One JSON document with --json, else the text. */
  print(value: unknown, text: () => string): void {
    const out = this.json ? JSON.stringify(value, null, 2) : text();
    if (out) process.stdout.write(`${out}\n`);
  }

  /** Progress: to standard error, and not at all with --json. */
  say(line: string): void {
    if (!this.json) process.stderr.write(`${line}\n`);
  }

  /** For what needs the daemon's process, not only its interface. */
  needsLocal(what: string): void {
    if (this.url) throw new Failure(exit.wrongUse, `${what} works on this host's daemon, but COVEN_URL names ${this.url}`);
  }

  /** Sleeps, unless interrupted. */
  async pause(ms: number): Promise<void> {
    if (this.signal.aborted) throw interrupted();
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(interrupted());
      };
      const timer = setTimeout(() => {
        this.signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      this.signal.addEventListener("abort", stop, { once: true });
    });
  }
}
