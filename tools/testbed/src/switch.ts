/** An Open vSwitch of its own: userspace datapath, private folder, ended with all that it started. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";

const schema = "/usr/share/openvswitch/vswitch.ovsschema";
const bridge = "br0";

export class Switch {
  readonly #folder: string;
  readonly #processes: ChildProcess[] = [];
  readonly #environment: NodeJS.ProcessEnv;

  constructor(folder: string) {
    this.#folder = folder;
    this.#environment = { ...process.env, OVS_RUNDIR: folder, OVS_DBDIR: folder, OVS_LOGDIR: folder, OVS_SYSCONFDIR: folder };
  }

  /** A bridge with these interfaces as ports 1, 2, ... that drops what no flow is for. */
  async up(interfaces: readonly string[], flows: readonly string[]): Promise<void> {
    const socket = join(this.#folder, "db.sock");
    this.#run("ovsdb-tool", ["create", join(this.#folder, "conf.db"), schema]);
    this.#start("ovsdb-server", [`--remote=punix:${socket}`, join(this.#folder, "conf.db")]);
    await until(() => existsSync(socket));
    this.#configure(["init"]);
    this.#start("ovs-vswitchd", [`unix:${socket}`, "--disable-system"]);
    this.#configure(["add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev", "fail_mode=secure", "protocols=OpenFlow10,OpenFlow13,OpenFlow15"]);
    for (const [index, name] of interfaces.entries()) this.#configure(["add-port", bridge, name, "--", "set", "interface", name, `ofport_request=${index + 1}`]);
    await until(() => existsSync(join(this.#folder, `${bridge}.mgmt`)));
    for (const flow of flows) this.add(flow);
  }

  /** Add a flow, or replace the one with the same match. */
  add(flow: string): void {
    this.#run("ovs-ofctl", ["-O", "OpenFlow13", "add-flow", bridge, flow]);
  }

  /** What the switch says of its flows, for the report of a failure. */
  flows(): string {
    return this.#run("ovs-ofctl", ["-O", "OpenFlow13", "dump-flows", bridge]);
  }

  async remove(): Promise<void> {
    for (const child of this.#processes.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    }
  }

  #configure(words: string[]): void {
    this.#run("ovs-vsctl", [`--db=unix:${join(this.#folder, "db.sock")}`, "--no-wait", ...words]);
  }

  #run(program: string, words: string[]): string {
    return execFileSync(program, words, { encoding: "utf8", env: this.#environment, stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
  }

  #start(program: string, words: string[]): void {
    const log = openSync(join(this.#folder, `${program}.log`), "a");
    this.#processes.push(spawn(program, words, { stdio: ["ignore", log, log], env: this.#environment }));
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 800; tries++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("Open vSwitch did not come up");
}
