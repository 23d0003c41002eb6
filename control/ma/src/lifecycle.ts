/** Instances: which operation is allowed when, and operations as they go. */
import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CovenError, type InstanceState, type InstantiateRequest, type Management, type OperationKind, type OperationView, type Plan } from "@coven/contract";
import { planVnf, thisHost } from "@coven/itf";
import { bindPorts } from "@coven/vns";
import { removeLeftovers } from "./cleanup.ts";
import { absolutePaths, bindStep, instantiateSteps, removeSteps, startSteps, stopSteps } from "./deploy.ts";
import type { Ground } from "./ground.ts";
import type { Live } from "./live.ts";
import { messageOf, problemOf } from "./problems.ts";
import { type Outcome, runAll, runSteps, type Step } from "./steps.ts";
import type { InstanceRow } from "./store.ts";
import { instanceView } from "./views.ts";

/** The one table of what may be done in which state. */
export const allowedFrom = {
  instantiate: ["not-instantiated"],
  start: ["stopped", "failed"],
  stop: ["running"],
  terminate: ["stopped", "running", "failed"],
  delete: ["not-instantiated"],
} as const satisfies Record<string, readonly InstanceState[]>;
export type LifecycleAction = keyof typeof allowedFrom;

const usualGrace_ms = 2_000;
const grace_ms_max = 600_000;
const instances_max = 4_096;

interface Order {
  action: LifecycleAction;
  kind: OperationKind;
  parameters: Record<string, unknown>;
  steps: Step[];
  /** The state to come to; on failure it is the one from before. */
  target: InstanceState;
  /** Takes down: every step is tried, none is undone. */
  forward?: boolean;
}

export class Lifecycle {
  readonly #ground: Ground;
  /** Instance -> its operation that is under way. */
  readonly #active = new Map<string, { id: string; action: LifecycleAction; over: Promise<void> }>();
  readonly #failAt: string[];
  #closing = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#failAt = ground.settings.failAt?.split(",") ?? [];
  }

  view = (row: InstanceRow) => instanceView(this.#ground, row, this.#active.get(row.id)?.action ?? null);
  isBusy = (id: string) => this.#active.has(id);

  create({ packageId, name, description = "", metadata = {} }: Parameters<Management["createInstance"]>[0]) {
    const { instances } = this.#ground.store;
    const { state } = this.#ground.package(packageId);
    if (state !== "ONBOARDED") throw new CovenError("PACKAGE_STATE", [packageId, state]);
    const taken = instances.by("name", name)[0];
    if (taken) throw new CovenError("NAME_TAKEN", [name, taken.id]);
    const all = instances.all();
    if (all.length >= instances_max) throw new CovenError("TOO_LARGE", [`${instances_max} instances`]);
    const id = freshId(all);
    const row = { id, name, description, packageId, metadata, state: "not-instantiated" as const, created: new Date().toISOString(), folder: id.slice(0, 8), ports: {}, settings: {} };
    return this.view(instances.put(row));
  }

  delete(id: string): void {
    this.#allowed(id, "delete");
    this.#ground.store.instances.remove(id);
  }

  /** What the package and the request do not fit together in is told at once; the rest goes on as an operation. */
  instantiate(id: string, request: InstantiateRequest): OperationView {
    const row = this.#allowed(id, "instantiate");
    const ports = bindPorts(this.#ground.vnfOf(row), request.ports ?? {});
    const plan = this.#plan({ ...row, ports });
    const steps = [bindStep(this.#ground, row, ports), ...this.#instantiateSteps(row, plan)];
    if (request.start) steps.push(...startSteps(this.#ground, row, plan));
    return this.#begin(row, { action: "instantiate", kind: "INSTANTIATE", parameters: { ...request }, steps, target: request.start ? "running" : "stopped" });
  }

  operate(id: string, target: "STARTED" | "STOPPED", graceful_ms = usualGrace_ms): OperationView {
    const action = target === "STARTED" ? "start" : "stop";
    const row = this.#allowed(id, action);
    const parameters = { changeStateTo: target, graceful_ms };
    if (action === "stop") {
      const steps = stopSteps(this.#ground, row, row.plan ?? this.#plan(row), bounded(graceful_ms));
      return this.#begin(row, { action, kind: "OPERATE", parameters, steps, target: "stopped", forward: true });
    }
    const plan = this.#plan(row);
    const anew = row.state === "failed" ? [this.#cleanStep(row), ...this.#instantiateSteps(row, plan)] : [];
    return this.#begin(row, { action, kind: "OPERATE", parameters, steps: [...anew, ...startSteps(this.#ground, row, plan)], target: "running" });
  }

  terminate(id: string, graceful_ms = usualGrace_ms): OperationView {
    const row = this.#allowed(id, "terminate");
    const { plan } = row;
    const stop = row.state === "running" && plan ? stopSteps(this.#ground, row, plan, bounded(graceful_ms)) : [];
    const taken = stop.map((step) => ({ ...step, name: `stop: ${step.name}` }));
    return this.#begin(row, { action: "terminate", kind: "TERMINATE", parameters: { graceful_ms }, steps: [...taken, ...removeSteps(this.#ground, row)], target: "not-instantiated", forward: true });
  }

  /** The engine ended without having been told to: what is left of the instance goes, too. */
  async engineGone(id: string, why: string): Promise<void> {
    const live = this.#ground.live.get(id);
    if (!live) return;
    this.#ground.live.delete(id);
    await live.unsupervise();
    // An operation that is under way finds out by itself, undoes what it did, and then comes here by `#carryOut`.
    if (!this.#active.has(id)) await this.fail(id, why);
  }

  async fail(id: string, why: string): Promise<void> {
    const { store, settings } = this.#ground;
    const row = store.instances.update(id, { state: "failed", problem: why });
    if (!row) return;
    settings.log(`instance ${row.name}: its engine is gone: ${why}`);
    await removeLeftovers(this.#ground, row, "traces").catch((error) => settings.log(`instance ${row.name}: ${messageOf(error)}`));
    store.instances.update(id, { engine: undefined, plan: undefined });
  }

  /** No new ones begin; those under way end. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#active.values()].map(({ over }) => over));
  }

  wire = (live: Live): void => {
    live.engine.onGone = (why) => void this.engineGone(live.id, why).catch((error) => this.#ground.settings.log(messageOf(error)));
  };

  #instantiateSteps = (row: InstanceRow, plan: Plan) => instantiateSteps(this.#ground, row, plan, this.wire);
  #plan = (row: InstanceRow): Plan => absolutePaths(this.#ground, row, planVnf(this.#ground.vnfOf(row), row.ports, thisHost()));
  #cleanStep = (row: InstanceRow): Step => ({ name: "clean", run: () => this.#clean(row) });

  async #clean(row: InstanceRow): Promise<void> {
    this.#ground.live.get(row.id)?.engine.close();
    this.#ground.live.delete(row.id);
    await removeLeftovers(this.#ground, row, "traces");
    this.#ground.store.instances.update(row.id, { engine: undefined, plan: undefined, problem: undefined });
  }

  #allowed(id: string, action: LifecycleAction): InstanceRow {
    const row = this.#ground.instance(id);
    const active = this.#active.get(id);
    if (active) throw new CovenError("BUSY", [row.name, active.action]);
    if (this.#closing) throw new CovenError("INTERRUPTED", ["the daemon is ending"]);
    const states: readonly InstanceState[] = allowedFrom[action];
    if (!states.includes(row.state)) throw new CovenError("ACTION_NOT_ALLOWED", [action, row.state]);
    return row;
  }

  #begin(row: InstanceRow, order: Order): OperationView {
    const now = new Date().toISOString();
    const { kind, parameters } = order;
    const operation = this.#ground.store.operations.put({ id: randomUUID(), instanceId: row.id, kind, state: "STARTING", started: now, stateEntered: now, parameters, steps: [] });
    this.#ground.store.forgetOldOperations();
    const over = nextTurn().then(() => this.#carryOut(row, order, operation.id)).catch((error) => this.#ground.settings.log(`instance ${row.name}: ${messageOf(error)}`)).finally(() => this.#active.delete(row.id));
    this.#active.set(row.id, { id: operation.id, action: order.action, over });
    return operation;
  }

  async #carryOut(row: InstanceRow, order: Order, id: string): Promise<void> {
    const enter = (state: OperationView["state"], change: Partial<OperationView> = {}) =>
      void this.#ground.store.operations.update(id, { state, stateEntered: new Date().toISOString(), ...change });
    enter("PROCESSING");
    const outcome = await (order.forward ? runAll : runSteps)(order.steps, {
      failAt: this.#failAt.length > 1 ? this.#failAt.shift() : this.#failAt[0],
      record: (steps) => void this.#ground.store.operations.update(id, { steps }),
      rollingBack: () => enter("ROLLING_BACK"),
    });
    const end = endOf(row, order, outcome);
    if (["stopped", "running"].includes(end.instance) && !this.#ground.live.has(row.id)) {
      await this.fail(row.id, messageOf(outcome.error ?? "it ended"));
      end.instance = "failed";
    }
    this.#ground.store.instances.update(row.id, { state: end.instance, problem: end.instance === "failed" ? messageOf(outcome.error ?? "") : undefined });
    // The instance is free before its operation is seen to be over.
    this.#active.delete(row.id);
    enter(end.operation, outcome.error === undefined ? {} : { problem: withLeftovers(outcome) });
  }
}

/** How an operation ends, and what the instance is then. */
function endOf(row: InstanceRow, order: Order, { error, leftovers }: Outcome): { operation: OperationView["state"]; instance: InstanceState } {
  if (error === undefined) return { operation: "COMPLETED", instance: order.target };
  if (order.forward || leftovers.length > 0) return { operation: "FAILED", instance: "failed" };
  return { operation: "ROLLED_BACK", instance: row.state };
}

function withLeftovers({ error, leftovers }: Outcome) {
  const problem = problemOf(error);
  return leftovers.length > 0 ? { ...problem, detail: `${problem.detail}\nleft over: ${leftovers.join("; ")}` } : problem;
}

const bounded = (grace_ms: number) => Math.min(Math.max(grace_ms, 0), grace_ms_max);

/** Its first eight digits name the runtime folder, so they have to be new, too. */
function freshId(taken: readonly InstanceRow[]): string {
  for (;;) {
    const id = randomUUID();
    if (!taken.some(({ folder }) => folder === id.slice(0, 8))) return id;
  }
}
