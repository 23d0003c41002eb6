/** What the management agent offers, without HTTP: the routes of `api` stand on this, `ma` implements it. Times are ISO 8601, sizes bytes. */
import type { Readable } from "node:stream";
import type { ContextValues, NshChange, NshConfiguration, NshFlow, NshSet, NshView } from "./nsh.ts";
import type { EngineStatistics } from "./plan.ts";
import type { ContextField, PortBinding, Vnf } from "./vnf.ts";

export interface Problem { reason: string; status: number; title: string; detail: string }

export type PackageState = "CREATED" | "UPLOADING" | "PROCESSING" | "ONBOARDED" | "ERROR";
export interface PackageView {
  id: string;
  state: PackageState;
  inUse: boolean;
  created: string;
  userData: Record<string, unknown>;
  /** Once ONBOARDED. */
  vnf?: Vnf;
  /** sha256 of the archive, hex. */
  checksum?: string;
  /** Once in ERROR. */
  problem?: Problem;
}

/** One table in `ma` says which operation is allowed in which state. */
export type InstanceState = "not-instantiated" | "stopped" | "running" | "failed";
export interface ComponentView {
  name: string;
  framework: string;
  state: "down" | "starting" | "running" | "failed" | "backing-off";
  pid: number | null;
  restarts: number;
  lastExit: string | null;
}
export interface InstanceView {
  id: string;
  name: string;
  description: string;
  packageId: string;
  vnf: Vnf;
  state: InstanceState;
  /** The operation under way, if any. */
  operation: string | null;
  created: string;
  folder: string;
  ports: Record<string, PortBinding>;
  enginePid: number | null;
  /** The CPU of the engine and all components, where they share one. */
  cpu?: number;
  components: ComponentView[];
  metadata: Record<string, unknown>;
}

export type OperationKind = "INSTANTIATE" | "OPERATE" | "TERMINATE";
export type OperationState = "STARTING" | "PROCESSING" | "COMPLETED" | "FAILED_TEMP" | "FAILED" | "ROLLING_BACK" | "ROLLED_BACK";
export interface OperationView {
  id: string;
  instanceId: string;
  kind: OperationKind;
  state: OperationState;
  started: string;
  stateEntered: string;
  parameters: Record<string, unknown>;
  /** The deployment steps so far, in order. */
  steps: { name: string; state: "running" | "done" | "failed" | "undone" | "undo-failed"; ms: number }[];
  problem?: Problem;
}

export interface AgentItem {
  name: string;
  kind: "counter" | "gauge" | "histogram" | "setting" | "command";
  type: string;
  unit: string;
  help: string;
  value?: unknown;
}
export interface AgentView {
  component: string;
  reachable: boolean;
  problem?: string;
  items: AgentItem[];
  /** Layout of the NSH context that the component works on, if it names one. */
  context?: ContextField[];
}

/** Does each component move packets and answer? Not: is a port open. */
export interface HealthView {
  healthy: boolean;
  engine: { alive: boolean; traffic: "on" | "off"; problem?: string };
  components: { name: string; alive: boolean; answers: boolean; state: string; packets_in: number; heartbeat: number; problem?: string }[];
}

export interface UsageView { cpu_percent: number; cpu_ns: number; memory_bytes: number }
export interface MonitorView {
  instance: string;
  time: string;
  statistics: EngineStatistics | null;
  usage: { engine: UsageView; components: Record<string, UsageView>; total: UsageView };
}

/** A line that a component wrote, on standard output or error. */
export interface LogLine { component: string; text: string }

export interface DaemonView { version: string; pid: number; folder: string; started: string; frameworks: { name: string; usable: boolean; version: string | null; reason: string | null }[] }

export interface InstantiateRequest {
  /** Connection point -> binding; what is missing comes from the package. */
  ports?: Record<string, PortBinding>;
  /** Start it too. */
  start?: boolean;
}

export interface Management {
  daemon(): Promise<DaemonView>;

  createPackage(userData: Record<string, unknown>): Promise<PackageView>;
  /** Takes the archive, answers once it is stored; the rest (validate, prepare) goes on as state PROCESSING. */
  uploadPackage(id: string, content: Readable): Promise<void>;
  packages(): Promise<PackageView[]>;
  package(id: string): Promise<PackageView>;
  packageContent(id: string): Promise<Readable>;
  packageDescriptor(id: string): Promise<string>;
  deletePackage(id: string): Promise<void>;

  createInstance(request: { packageId: string; name: string; description?: string; metadata?: Record<string, unknown> }): Promise<InstanceView>;
  instances(): Promise<InstanceView[]>;
  instance(id: string): Promise<InstanceView>;
  deleteInstance(id: string): Promise<void>;
  /** Life-cycle operations answer at once with the operation occurrence. */
  instantiate(id: string, request: InstantiateRequest): Promise<OperationView>;
  operate(id: string, target: "STARTED" | "STOPPED", graceful_ms?: number): Promise<OperationView>;
  terminate(id: string, graceful_ms?: number): Promise<OperationView>;
  operations(): Promise<OperationView[]>;
  operation(id: string): Promise<OperationView>;

  monitor(id: string): Promise<MonitorView>;
  health(id: string): Promise<HealthView>;
  agents(id: string): Promise<AgentView[]>;
  agentGet(id: string, component: string, item: string): Promise<unknown>;
  agentSet(id: string, component: string, item: string, value: unknown): Promise<unknown>;
  agentCall(id: string, component: string, item: string, argument: string): Promise<unknown>;
  logs(id: string, options: { component?: string; tail?: number }): Promise<LogLine[]>;

  /** Contexts that packets carry now, of at most so many flows. */
  nsh(id: string, flows: number): Promise<NshView>;
  nshConfiguration(id: string): Promise<NshConfiguration>;
  /** Rules and roles, on the running instance. */
  nshConfigure(id: string, change: NshChange): Promise<NshConfiguration>;
  /** Set fields of the context of a path, or of a flow on it, in place of those set before; none: take it back. Answers with all that is set. */
  nshSet(id: string, path: string, fields: ContextValues, flow?: NshFlow): Promise<NshSet[]>;

  /** Prometheus text format. */
  metrics(): Promise<string>;
}
