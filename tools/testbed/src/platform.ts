/** A platform of its own for a test, bench or demo: covend on private folders, spoken to over its unix socket. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, createWriteStream, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { AgentView, EngineStatistics, InstanceView, MonitorView, PortBinding, Problem } from "@coven/contract";
import { packFolder, setOverrides } from "@coven/package";
import { root } from "./root.ts";

export const engineBinary = process.env.COVEN_ENGINE ?? join(root, "engine/target/release/coven-engine");

/** What a refused request says. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: Partial<Problem>;
  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `status ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

export interface Deployed { package: string; instance: string }
/** A life-cycle operation that has ended, with its steps in order. */
export interface Operation { operationState: string; error?: Partial<Problem>; steps: { name: string; state: string; ms: number }[] }

export class Platform {
  readonly folder: string;
  #daemon: ChildProcess | undefined;
  readonly #prefix: string[];
  readonly #more: NodeJS.ProcessEnv;

  /** `prefix`: words in front of the daemon's command, such as ["taskset", "-c", "1"]; `more`: variables of its environment. */
  constructor(prefix: string[] = [], more: NodeJS.ProcessEnv = {}) {
    this.folder = mkdtempSync(join(process.env.COVEN_TMP ?? tmpdir(), "cov-"));
    this.#prefix = prefix;
    this.#more = more;
  }

  get runFolder(): string {
    return join(this.folder, "r");
  }
  get stateFolder(): string {
    return join(this.folder, "s");
  }
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.#more, COVEN_RUN: this.runFolder, COVEN_STATE: this.stateFolder };
  }
  get socket(): string {
    return join(this.runFolder, "covend.sock");
  }
  get daemonPid(): number | undefined {
    return this.#daemon?.pid;
  }

  /** `more`: variables for this daemon alone. */
  async up(more: NodeJS.ProcessEnv = {}): Promise<void> {
    const log = openSync(join(this.folder, "covend.log"), "a");
    const [program = "", ...words] = [...this.#prefix, process.execPath, join(root, "control/dist/covend.js"), "--foreground", "--listen", "off"];
    this.#daemon = spawn(program, words, { stdio: ["ignore", log, log], env: { ...this.environment, ...more } });
    for (let tries = 0; tries < 400; tries++) {
      if (this.#daemon.exitCode !== null) break;
      if (await this.call("GET", "/coven/v1/daemon").then(() => true, () => false)) return;
      await pause(25);
    }
    throw new Error(`covend did not come up: ${readFileSync(join(this.folder, "covend.log"), "utf8").slice(-2000)}`);
  }

  /** Ends the daemon; instances go on. */
  async down(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = once(daemon, "exit");
    daemon.kill(signal);
    await gone;
  }

  /** Everything away: instances, daemon, folders. */
  async remove(): Promise<void> {
    if (this.#daemon) {
      const instances = (await this.call("GET", "/vnflcm/v2/vnf_instances").catch(() => [])) as { id: string }[];
      for (const { id } of instances) await this.undeploy(id).catch(() => undefined);
    }
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One REST request; the answer's body, or Refused. */
  async call(method: string, path: string, body?: unknown, type = "application/json"): Promise<unknown> {
    return (await this.exchange(method, path, body, type)).body;
  }

  exchange(method: string, path: string, body?: unknown, type = "application/json"): Promise<{ status: number; location: string; body: unknown }> {
    const payload = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const headers = payload ? { "content-type": type, "content-length": payload.length } : {};
      // A connection each: one that is kept may have been closed by the daemon while a synchronous measurement ran here.
      const sent = httpRequest({ socketPath: this.socket, method, path, headers, agent: false }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => {
          const text = Buffer.concat(parts).toString();
          const json = /json/.test(answer.headers["content-type"] ?? "");
          const content: unknown = json && text ? JSON.parse(text) : text;
          const status = answer.statusCode ?? 0;
          if (status >= 400) reject(new Refused(status, (json ? content : { detail: text }) as Partial<Problem>));
          else resolve({ status, location: answer.headers.location ?? "", body: content });
        });
      });
      sent.on("error", reject);
      sent.end(payload);
    });
  }

  /** Takes an archive in and waits until it is onboarded; its id, or Refused with the package's own problem. */
  async onboard(archive: Buffer): Promise<string> {
    const { id } = (await this.call("POST", "/vnfpkgm/v2/vnf_packages", {})) as { id: string };
    await this.call("PUT", `/vnfpkgm/v2/vnf_packages/${id}/package_content`, archive, "application/zip");
    for (;;) {
      const now = (await this.call("GET", `/vnfpkgm/v2/vnf_packages/${id}`)) as { onboardingState: string; onboardingFailureDetails?: Partial<Problem> };
      if (now.onboardingState === "ONBOARDED") return id;
      if (now.onboardingFailureDetails) {
        await this.call("DELETE", `/vnfpkgm/v2/vnf_packages/${id}`);
        throw new Refused(now.onboardingFailureDetails.status ?? 500, now.onboardingFailureDetails);
      }
      await pause(5);
    }
  }

  /** Makes an instance of an onboarded package and starts it. */
  async instantiate(packageId: string, name: string, ports: Record<string, PortBinding>): Promise<string> {
    const id = await this.create(packageId, name);
    try {
      await this.operation("instantiate", id, { flavourId: "default", additionalParams: { ports, start: true } });
    } catch (problem) {
      await this.call("DELETE", `/vnflcm/v2/vnf_instances/${id}`).catch(() => undefined);
      throw problem;
    }
    return id;
  }

  /** A life-cycle operation, to its good end. */
  async operation(kind: "instantiate" | "operate" | "terminate", id: string, body: unknown): Promise<void> {
    const { operationState, error } = await this.outcome(kind, id, body);
    if (operationState !== "COMPLETED") throw new Refused(error?.status ?? 500, error ?? { detail: operationState });
  }

  /** A life-cycle operation, to whichever end. */
  async outcome(kind: "instantiate" | "operate" | "terminate", id: string, body: unknown): Promise<Operation> {
    const { location } = await this.exchange("POST", `/vnflcm/v2/vnf_instances/${id}/${kind}`, body);
    const path = location.replace(/^https?:\/\/[^/]+/, "");
    for (;;) {
      const now = (await this.call("GET", path)) as Operation;
      if (/COMPLETED|FAILED|ROLLED_BACK/.test(now.operationState)) return now;
      await pause(2);
    }
  }

  /** An instance of an onboarded package, not instantiated yet. */
  async create(packageId: string, name: string): Promise<string> {
    const { vnfdId } = (await this.call("GET", `/vnfpkgm/v2/vnf_packages/${packageId}`)) as { vnfdId: string };
    return ((await this.call("POST", "/vnflcm/v2/vnf_instances", { vnfdId, vnfInstanceName: name })) as { id: string }).id;
  }

  async deploy(archive: Buffer, name: string, ports: Record<string, PortBinding>): Promise<Deployed> {
    const packageId = await this.onboard(archive);
    return { package: packageId, instance: await this.instantiate(packageId, name, ports) };
  }

  /** One instance, as management sees it. */
  instance(id: string): Promise<InstanceView> {
    return this.call("GET", `/coven/v1/instances/${id}`) as Promise<InstanceView>;
  }

  async undeploy(instance: string): Promise<void> {
    await this.operation("terminate", instance, { terminationType: "FORCEFUL" }).catch((problem: unknown) => {
      if (!(problem instanceof Refused && problem.status === 409)) throw problem;
    });
    await this.call("DELETE", `/vnflcm/v2/vnf_instances/${instance}`);
  }

  monitor(instance: string): Promise<MonitorView> {
    return this.call("GET", `/coven/v1/instances/${instance}/statistics`) as Promise<MonitorView>;
  }
  async statistics(instance: string): Promise<EngineStatistics> {
    const { statistics } = await this.monitor(instance);
    if (!statistics) throw new Error("the engine gives no statistics");
    return statistics;
  }
  agents(instance: string): Promise<AgentView[]> {
    return this.call("GET", `/coven/v1/instances/${instance}/agents`) as Promise<AgentView[]>;
  }

  /** Resolves once the port has replayed its capture and nothing is in flight. */
  async replayed(instance: string, port: string, limit_ms: number): Promise<EngineStatistics> {
    const end = Date.now() + limit_ms;
    for (;;) {
      const now = await this.statistics(instance);
      if (now.in_flight === 0 && now.ports.some((one) => one.name === port && one.done)) return now;
      if (Date.now() > end) throw new Error(`the capture at ${port} was not through after ${limit_ms} ms: ${JSON.stringify(now)}`);
      await pause(20);
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The archive of a package folder, with values of vnf.yaml changed (`components.filter.framework=python`). */
export async function archiveOf(folder: string, changes: string[] = []): Promise<Buffer> {
  const copy = mkdtempSync(join(tmpdir(), "covpkg-"));
  try {
    cpSync(folder, copy, { recursive: true });
    const descriptor = join(copy, "vnf.yaml");
    writeFileSync(descriptor, setOverrides(readFileSync(descriptor, "utf8"), changes));
    const archive = join(copy, "..", `${basename(copy)}.zip`);
    await packFolder(copy, createWriteStream(archive));
    const content = readFileSync(archive);
    rmSync(archive);
    return content;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
