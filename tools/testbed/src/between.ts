/** An example between two hosts, deployed by the platform: a client's program on one, a server's on the other, in words of Node. */
import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, pause, Platform } from "./platform.ts";
import { Rig } from "./rig.ts";
import { root } from "./root.ts";

const start_ms = 30_000;

export class Between {
  readonly platform = new Platform();
  readonly rig = new Rig(this.platform.folder);
  #instance = "";

  /** `example`: its folder below examples/. The server prints `ready` once it serves; the client prints JSON. */
  static async open(example: string, programs: { client: string; server: string }): Promise<Between> {
    const between = new Between();
    try {
      for (const [name, code] of Object.entries(programs)) writeFileSync(between.#file(`${name}.mjs`), code);
      await between.platform.up();
      const archive = await archiveOf(join(root, "examples", example));
      between.#instance = (await between.platform.deploy(archive, example, between.rig.ports)).instance;
      return between;
    } catch (problem) {
      await between.remove();
      throw problem;
    }
  }

  get instance(): string {
    return this.#instance;
  }

  /** While the server serves. */
  async served(work: () => Promise<void>): Promise<void> {
    const log = this.#file("server.log");
    const server = this.rig.server.spawn(process.execPath, [this.#file("server.mjs")], log);
    try {
      await this.#ready(server, log);
      await work();
    } finally {
      server.kill("SIGKILL");
    }
  }

  /** What the client says, run with the server's address and these words. */
  ask<T>(...words: (string | number)[]): T {
    return JSON.parse(this.rig.client.output(process.execPath, [this.#file("client.mjs"), this.rig.addresses.server, ...words.map(String)])) as T;
  }

  async remove(): Promise<void> {
    await this.platform.remove();
    this.rig.remove();
  }

  #file(name: string): string {
    return join(this.platform.folder, name);
  }

  async #ready(server: ChildProcess, log: string): Promise<void> {
    for (const end = Date.now() + start_ms; !readFileSync(log, "utf8").includes("ready"); await pause(20)) {
      if (server.exitCode !== null || Date.now() > end) throw new Error(`the server does not serve: ${readFileSync(log, "utf8")}`);
    }
  }
}
