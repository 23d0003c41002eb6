/** The data plane alone: an engine and component processes as a plan says, without covend, each on the CPU that it is given.
 * The plan is the planner's own (control/itf), and the components are built and started by the drivers (control/pps). */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Component, type EngineStatistics, type Framework, type NshMode, type Plan, type PortBinding, type Prepared, type Process, processesOf, type TaskHandle, type Vnf } from "@coven/contract";
import { planVnf } from "@coven/itf";
import { drivers, platformPaths } from "@coven/pps";
import { engineBinary, pause, request, root } from "@coven/testbed";

const driverOf = drivers(platformPaths(root));
export const componentsFolder = join(root, "bench/components");

export interface PlaneSpec {
  components: Record<string, Component>;
  ports: Record<string, PortBinding>;
  paths: Record<string, string>;
  profile?: Vnf["profile"];
  /** Roles of the ports, none where nothing is said; and the VNF's service paths. */
  roles?: Record<string, NshMode>;
  nsh?: Vnf["nsh"];
  /** Said to the planner: how many CPUs the VNF has for itself. */
  ownCpus?: number;
  /** CPU of the engine, and of every component. */
  cpus: { engine: number; components: number };
  /** Variables of every process, beside those that it has anyway. */
  environment?: Record<string, string>;
  /** Several: each has a CPU from 0 on, and its components are there too, whatever `cpus` says. */
  threads?: number;
}

/** A component of bench/components that loses nothing. */
export const componentOf = (framework: Framework, source: string): Component => ({ framework, source, metadata: false, onFull: "block" });

/** A VNF that is one chain of the same component, between the two ends of one packet source and sink. */
export function chainOf(framework: Framework, source: string, length: number, size = 64): Pick<PlaneSpec, "components" | "ports" | "paths"> {
  const names = Array.from({ length }, (_, i) => `c${i + 1}`);
  return {
    components: Object.fromEntries(names.map((name) => [name, componentOf(framework, source)])),
    ports: { wire: { backend: "generate", size } },
    paths: { through: ["wire", ...names, "wire"].join(" -> ") },
  };
}

/** One component between two interfaces, both ways. */
export function betweenOf(lan: PortBinding, wan: PortBinding): Pick<PlaneSpec, "components" | "ports" | "paths"> {
  return {
    components: { c1: { framework: "c", source: "count-c", metadata: false } },
    ports: { lan, wan },
    paths: { up: "lan -> c1 -> wan", down: "wan -> c1 -> lan" },
  };
}

export class Plane {
  readonly folder = mkdtempSync(join(process.env.COVEN_TMP ?? tmpdir(), "plane-"));
  readonly #spec: PlaneSpec;
  readonly #tasks: { framework: Framework; handle: TaskHandle }[] = [];
  #engine: ChildProcess | undefined;

  private constructor(spec: PlaneSpec) {
    this.#spec = spec;
  }

  /** Everything built, started and attached; no packet moves yet. */
  static async open(spec: PlaneSpec): Promise<Plane> {
    const plane = new Plane(spec);
    await plane.#start().catch(async (problem: unknown) => {
      await plane.remove();
      throw problem;
    });
    return plane;
  }

  get pids(): number[] {
    return [this.#engine?.pid ?? 0, ...this.#tasks.map(({ handle }) => handle.pid)].filter(Boolean);
  }

  ask<Answer>(method: string, params: unknown = {}): Promise<Answer> {
    return request(join(this.folder, "engine.sock"), method, params) as Promise<Answer>;
  }
  statistics = () => this.ask<EngineStatistics>("stats");

  /** Packets move for `settle_ms`, then what happens in `window_ms` counts; then all is at rest again. */
  async window(window_ms: number, settle_ms = 200): Promise<{ before: EngineStatistics; after: EngineStatistics }> {
    await this.ask("start");
    await pause(settle_ms);
    const before = await this.statistics();
    await pause(window_ms);
    const after = await this.statistics();
    await this.rest();
    return { before, after };
  }

  async rest(): Promise<void> {
    await this.ask("stop");
    const { in_flight } = await this.ask<{ in_flight: number }>("drain", { timeout_ms: 5000 });
    if (in_flight > 0) throw new Error(`${in_flight} packets stay in flight: ${this.#log()}`);
  }

  async remove(): Promise<void> {
    for (const { framework, handle } of this.#tasks) await driverOf[framework].stop(handle, 500);
    if (this.#engine && this.#engine.exitCode === null && this.#engine.signalCode === null) {
      const gone = once(this.#engine, "exit");
      this.#engine.kill("SIGTERM");
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #log(): string {
    return readFileSync(join(this.folder, "log"), "utf8").slice(-2000);
  }

  async #start(): Promise<void> {
    const { components, ports, paths, profile = "balanced", roles = {}, nsh, cpus, environment = {}, threads = 1, ownCpus = cpus.engine === cpus.components ? 1 : 2 } = this.#spec;
    const connectionPoints = Object.fromEntries(Object.keys(ports).map((name) => [name, { nsh: roles[name] ?? "none" }] as const));
    const vnf: Vnf = { vnf: "bench", version: "1.0.0", connectionPoints, components, paths, profile, threads, ...(nsh ? { nsh } : {}) };
    const plan = planVnf(vnf, ports, { cpus: ownCpus });
    const log = openSync(join(this.folder, "log"), "a");
    const [on, words] = threads === 1 ? [String(cpus.engine), []] : [`0-${threads - 1}`, ["--threads", String(threads), "--pinned"]];
    this.#engine = spawn("taskset", ["-c", on, engineBinary, "--folder", this.folder, ...words], { stdio: ["ignore", log, log], env: { ...process.env, ...environment } });
    await this.#until(() => this.ask("hello").then(() => true, () => false), "the engine does not answer");
    await this.ask("apply", { actions: plan.actions });
    const prepared = new Map<string, Prepared>();
    for (const process of processesOf(vnf)) await this.#startComponent(plan, process, threads === 1 ? cpus.components : process.shard, prepared);
    await this.#until(async () => (await this.statistics()).components.every(({ state }) => state === "running"), "a component does not run");
  }

  async #startComponent(plan: Plan, { name, of, component, shard }: Process, cpu: number, known: Map<string, Prepared>): Promise<void> {
    const framework = component.framework as Framework;
    const kind = component.source ?? of;
    const prepared = known.get(kind) ?? (await this.#prepare(framework, component, kind));
    known.set(kind, prepared);
    const { channel, bells } = await this.ask<{ channel: { path: string }; bells: string }>("hello", { shard });
    const slot = plan.slots[name] ?? 0;
    const pinned = { ...prepared, env: { ...prepared.env, ...this.#spec.environment }, command: ["taskset", "-c", String(cpu), ...prepared.command] };
    const handle = await driverOf[framework].start(pinned, {
      segment: channel.path, slot, bells, agent: join(this.folder, `agent.${name}`), name, outputs: plan.outputs[name] ?? ["out"], log: join(this.folder, "log"),
    });
    this.#tasks.push({ framework, handle });
    await this.ask("supervise", { shard, slot, pid: handle.pid });
  }

  #prepare(framework: Framework, component: Component, kind: string): Promise<Prepared> {
    const folder = join(this.folder, `build-${kind}`);
    mkdirSync(folder);
    return driverOf[framework].prepare(component, kind, join(componentsFolder, kind), folder);
  }

  async #until(good: () => Promise<boolean>, otherwise: string): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      if (this.#engine?.exitCode !== null) break;
      if (await good()) return;
      await pause(20);
    }
    throw new Error(`${otherwise}: ${this.#log()}`);
  }
}

/** What went through in a window: million packets a second, and how many were lost on the way. */
export function flowOfWindow({ before, after }: { before: EngineStatistics; after: EngineStatistics }): { mpps: number; packets: number; lost: number; ns: number } {
  const ns = after.time_ns - before.time_ns;
  const packets = after.transmitted - before.transmitted;
  const sum = (dropped: Record<string, number>) => Object.values(dropped).reduce((a, b) => a + b, 0);
  return { mpps: (packets / ns) * 1e3, packets, lost: sum(after.dropped) - sum(before.dropped), ns };
}
