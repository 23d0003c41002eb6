/** The NSH of instances: what their packets carry, what is set, rules and roles; changed while they run, and kept across restarts. */
import { CovenError, type ContextValues, type NshChange, type NshConfiguration, type NshFlow, type NshMode, type NshSet, type NshView, type Plan, sentenceOf, type Vnf } from "@coven/contract";
import { planVnf, prevents, readGraph, thisHost } from "@coven/itf";
import { changedVnf } from "@coven/nshp";
import { absolutePaths } from "./deploy.ts";
import type { Engine } from "./engine.ts";
import type { Ground } from "./ground.ts";
import { changesOf, contextCalls, type NshRow, roleActions, ruleActions, setsOf } from "./nsh-plan.ts";
import { viewOf } from "./nsh-view.ts";
import { messageOf } from "./problems.ts";
import type { InstanceRow } from "./store.ts";

const usualQuiet_ms = 2_000;
const quiet_ms_max = 60_000;
const sets_max = 1_024;

export class Nsh {
  readonly #ground: Ground;
  readonly #isBusy: (id: string) => boolean;
  /** Changes of one instance come one after the other. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(ground: Ground, isBusy: (id: string) => boolean) {
    this.#ground = ground;
    this.#isBusy = isBusy;
  }

  async view(id: string, flows: number): Promise<NshView> {
    const row = this.#ground.instance(id);
    const seen = await this.#ground.live.get(id)?.engine.nshShow(flows);
    return viewOf(this.#ground.vnfOf(row), row.nsh?.sets ?? [], seen);
  }

  configuration(id: string): NshConfiguration {
    const row = this.#ground.instance(id);
    const { connectionPoints, nsh } = this.#ground.vnfOf(row);
    const roles = Object.fromEntries(Object.entries(connectionPoints).map(([name, point]): [string, NshMode] => [name, point.nsh ?? "none"]));
    return { revision: row.nsh?.revision ?? 0, roles, classify: nsh?.classify ?? [], forward: nsh?.forward ?? [] };
  }

  configure = (id: string, change: NshChange): Promise<NshConfiguration> => this.#inTurn(id, () => this.#configure(id, change));
  set = (id: string, path: string, fields: ContextValues, flow?: NshFlow): Promise<NshSet[]> => this.#inTurn(id, () => this.#set(id, path, fields, flow));

  /** The daemon ended while it changed this instance: bring the engine to what was to be. */
  async settle(id: string): Promise<void> {
    const row = this.#ground.instance(id);
    if (!row.nsh?.applying || !row.plan) return;
    const { engine } = this.#ground.live.get(id) ?? {};
    await engine?.applyQuietly("change its NSH", [...roleActions(undefined, row.plan), ...ruleActions(undefined, row.plan)], usualQuiet_ms);
    await this.#alignContexts(row);
    this.#ground.store.instances.update(id, { nsh: { ...row.nsh, applying: false } });
  }

  async #configure(id: string, { roles = {}, classify, forward, revision, quiet_ms = usualQuiet_ms }: NshChange): Promise<NshConfiguration> {
    const row = this.#changeable(id);
    const now = changesOf(row);
    if (revision !== undefined && revision !== now.revision) throw new CovenError("NSH_BUSY", [row.name, `it was changed meanwhile: revision ${now.revision} is in force, not ${revision}`]);
    const known = Object.keys(this.#ground.vnfOf(row).connectionPoints);
    const strange = Object.keys(roles).find((point) => !known.includes(point));
    if (strange !== undefined) throw new CovenError("POINT_UNKNOWN", [strange, known.join(", ")]);
    const next = { ...now, roles: { ...now.roles, ...roles }, ...(classify && { classify }), ...(forward && { forward }), revision: now.revision + 1 };
    await this.#change(row, next, Math.min(quiet_ms, quiet_ms_max));
    return this.configuration(id);
  }

  async #set(id: string, path: string, fields: ContextValues, flow: NshFlow | undefined): Promise<NshSet[]> {
    const row = this.#changeable(id);
    const now = changesOf(row);
    const same = (set: NshSet) => set.path === path && JSON.stringify(set.flow) === JSON.stringify(flow);
    const others = now.sets.filter((set) => !same(set));
    const sets = Object.keys(fields).length === 0 ? others : [...others, { path, ...(flow && { flow }), fields }];
    const known = readGraph(this.#ground.vnfOf(row)).graph.routes.map(({ name }) => name);
    if (!known.includes(path)) throw new CovenError("NOT_FOUND", ["path from a connection point", path]);
    await this.#change(row, { ...now, sets }, usualQuiet_ms);
    return sets;
  }

  /** Written down, done, and ticked off; taken back where it can't be done. */
  async #change(row: InstanceRow, nsh: NshRow, quiet_ms: number): Promise<void> {
    const { store, live } = this.#ground;
    const [before, after] = [this.#ground.vnfOf(row), this.#sound(row, changedVnf(this.#ground.packageVnf(row), nsh))];
    const [had, has] = this.#refusing(row, () => [setsOf(before, row.nsh?.sets ?? []), setsOf(after, nsh.sets)] as const);
    if (has.length > sets_max) throw new CovenError("TOO_LARGE", [`${sets_max} contexts that are set`]);
    const plan = row.plan && absolutePaths(this.#ground, row, planVnf(after, row.ports, thisHost()));
    const engine = live.get(row.id)?.engine;
    store.instances.update(row.id, { nsh: { ...nsh, applying: engine !== undefined }, plan });
    try {
      if (engine && plan && row.plan) await this.#tell(engine, row.plan, plan, quiet_ms);
      for (const call of engine ? contextCalls(had, has) : []) await engine?.nshSet(call);
    } catch (error) {
      await this.#takeBack(row);
      throw error instanceof CovenError && error.detail === "busy" ? new CovenError("NSH_BUSY", [row.name, error.message]) : error;
    }
    store.instances.update(row.id, { nsh: { ...nsh, applying: false } });
  }

  #tell(engine: Engine, before: Plan, after: Plan, quiet_ms: number): Promise<unknown> {
    const roles = roleActions(before, after);
    const actions = [...roles, ...ruleActions(before, after)];
    return roles.length > 0 ? engine.applyQuietly("change its roles", actions, quiet_ms) : engine.apply("change its rules", actions);
  }

  /** What the engine was told is all or nothing; contexts are told one by one, so they are brought back. An engine that is gone gets all of it when it is made anew. */
  async #takeBack(row: InstanceRow): Promise<void> {
    const { store, live, settings } = this.#ground;
    store.instances.update(row.id, { nsh: row.nsh, plan: live.has(row.id) ? row.plan : undefined });
    await this.#alignContexts(row).catch((error) => settings.log(`instance ${row.name}: its contexts: ${messageOf(error)}`));
  }

  async #alignContexts(row: InstanceRow): Promise<void> {
    const engine = this.#ground.live.get(row.id)?.engine;
    const { sets } = (await engine?.nshShow(0)) ?? { sets: [] };
    for (const call of contextCalls(sets, setsOf(this.#ground.vnfOf(row), row.nsh?.sets ?? []))) await engine?.nshSet(call);
  }

  #sound(row: InstanceRow, vnf: Vnf): Vnf {
    const faults = readGraph(vnf).faults.filter(prevents);
    if (faults.length > 0) throw new CovenError("NSH_INVALID", [row.name, faults.map(sentenceOf).join("; ")]);
    return vnf;
  }

  #refusing<T>(row: InstanceRow, make: () => T): T {
    try {
      return make();
    } catch (error) {
      throw error instanceof RangeError ? new CovenError("NSH_INVALID", [row.name, error.message]) : error;
    }
  }

  #changeable(id: string): InstanceRow {
    const row = this.#ground.instance(id);
    if (this.#isBusy(id)) throw new CovenError("BUSY", [row.name, "an operation"]);
    if (row.state === "not-instantiated") throw new CovenError("ACTION_NOT_ALLOWED", ["change the NSH of", row.state]);
    return row;
  }

  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(id) ?? Promise.resolve()).then(work, work);
    const over = turn.catch(() => {}).finally(() => this.#last.get(id) === over && this.#last.delete(id));
    this.#last.set(id, over);
    return turn;
  }
}
