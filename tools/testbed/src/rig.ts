/** A rig: two hosts joined by two interfaces here, `lan` and `wan`, for a VNF to stand between; and a platform. */
import { mkdirSync } from "node:fs";
import { join as pathOf } from "node:path";
import { Station, type StationOptions } from "./engine.ts";
import { Host, join } from "./hosts.ts";
import { engineBinary } from "./platform.ts";

let rigs = 0;

export class Rig {
  readonly client: Host;
  readonly server: Host;
  readonly lan: string;
  readonly wan: string;
  readonly addresses = { client: "10.98.0.1", server: "10.98.0.2" };
  readonly #folder: string;
  #stations = 0;

  /** `folder`: where stations keep their files. */
  constructor(folder: string) {
    const n = `${process.pid % 100_000}${rigs++}`;
    this.#folder = folder;
    this.lan = `l${n}`;
    this.wan = `w${n}`;
    this.client = new Host("client");
    this.server = new Host("server");
    join(this.client, this.lan, "eth0", `${this.addresses.client}/24`);
    join(this.server, this.wan, "eth0", `${this.addresses.server}/24`);
  }

  /** The bindings of connection points `lan` and `wan`. */
  get ports() {
    return { lan: { backend: "af_packet" as const, interface: this.lan }, wan: { backend: "af_packet" as const, interface: this.wan } };
  }

  station(side: "client" | "server", options: Pick<StationOptions, "send" | "receive" | "rate">): Station {
    const folder = pathOf(this.#folder, `st${this.#stations++}`);
    mkdirSync(folder, { recursive: true });
    return new Station(this[side], { folder, engine: engineBinary, interface: "eth0", ...options });
  }

  remove(): void {
    this.client.remove();
    this.server.remove();
  }
}
