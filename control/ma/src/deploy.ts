/** The steps that bring an instance up and take it down. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Action, Plan, TaskHandle } from "@coven/contract";
import { inverse } from "@coven/itf";
import { end } from "@coven/pps";
import { removeLeftovers, removeTask } from "./cleanup.ts";
import { Engine, startEngine } from "./engine.ts";
import type { Ground } from "./ground.ts";
import { Live } from "./live.ts";
import { setsOf } from "./nsh-plan.ts";
import { privateFolder } from "./options.ts";
import type { Step } from "./steps.ts";
import type { InstanceRow } from "./store.ts";

/** Which actions of a plan belong to which step. */
const stages = {
  channel: ["create-channel"],
  ports: ["open-port"],
  components: ["add-component"],
  edges: ["add-edge", "add-path", "add-exit", "add-rules"],
} as const satisfies Record<string, readonly Action["do"][]>;

const components = (plan: Plan) => Object.keys(plan.slots);

/** Which port each connection point has: known while it is instantiated. */
export function bindStep(ground: Ground, row: InstanceRow, ports: InstanceRow["ports"]): Step {
  const bind = async (to: InstanceRow["ports"]) => void ground.store.instances.update(row.id, { ports: to });
  return { name: "bind", run: () => bind(ports), undo: () => bind({}) };
}

/** To `stopped`: the engine runs, with its pool, ports and edges; no component, no traffic. */
export function instantiateSteps(ground: Ground, row: InstanceRow, plan: Plan, wire: (live: Live) => void): Step[] {
  const run = ground.runFolder(row);
  const folder: Step = {
    name: "folder",
    run: async () => {
      await mkdir(run, { recursive: true, mode: 0o700 });
      privateFolder(ground.keptFolder(row));
    },
    undo: () => removeLeftovers(ground, row, "nothing"),
  };
  const engine: Step = {
    name: "engine",
    run: async () => {
      const task = await startEngine(ground.settings.paths.engine, run, ground.engineLog(row), plan);
      ground.store.instances.update(row.id, { engine: task, plan });
      wire(await attach(ground, row, task));
    },
    undo: () => dropEngine(ground, row),
  };
  const names = Object.keys(stages) as (keyof typeof stages)[];
  return [folder, engine, ...names.map((name) => applyStep(ground, row, name, plan)), ...contextSteps(ground, row)];
}

/** What people had set before its engine ended. */
function contextSteps(ground: Ground, row: InstanceRow): Step[] {
  const calls = setsOf(ground.vnfOf(row), row.nsh?.sets ?? []);
  const run = async () => {
    for (const call of calls) await liveOf(ground, row).engine.nshSet(call);
  };
  return calls.length > 0 ? [{ name: "contexts", run }] : [];
}

/** Known from now on as the engine of this instance. */
export async function attach(ground: Ground, row: InstanceRow, task: TaskHandle): Promise<Live> {
  const live = new Live(ground, row.id, new Engine(ground.runFolder(row), task, ground.engineLog(row)));
  ground.live.set(row.id, live);
  await live.engine.connect();
  return live;
}

/** `apply` is all or nothing: only what was applied is taken back. */
function applyStep(ground: Ground, row: InstanceRow, name: keyof typeof stages, plan: Plan): Step {
  const kinds: readonly string[] = stages[name];
  const actions = plan.actions.filter((action) => kinds.includes(action.do));
  let applied = false;
  return {
    name,
    run: async () => {
      await liveOf(ground, row).engine.apply(`make its ${name}`, actions);
      applied = true;
    },
    undo: async () => {
      if (applied) await liveOf(ground, row).engine.apply(`take back its ${name}`, inverse(actions));
    },
  };
}

function liveOf(ground: Ground, row: InstanceRow): Live {
  const live = ground.live.get(row.id);
  if (!live) throw new Error("its engine is gone");
  return live;
}

async function dropEngine(ground: Ground, row: InstanceRow): Promise<void> {
  const { engine } = ground.instance(row.id);
  await ground.live.get(row.id)?.engine.shutdown();
  if (engine) await end(engine, 1_000);
  ground.live.delete(row.id);
  ground.store.instances.update(row.id, { engine: undefined, plan: undefined });
}

/** From `stopped` to `running`: all start at once, each is waited for, and no packet comes before all are set. */
export function startSteps(ground: Ground, row: InstanceRow, plan: Plan): Step[] {
  const live = () => liveOf(ground, row);
  const tasks = new Map<string, TaskHandle>();
  const launch = (name: string): Step => ({
    name: `launch ${name}`,
    run: async () => void tasks.set(name, await live().launch(name)),
    undo: () => ground.live.get(row.id)?.remove(name) ?? removeTask(ground, row, name),
  });
  const ready = (name: string): Step => ({ name: `attach ${name}`, run: () => live().awaitRunning(name, tasks.get(name) as TaskHandle) });
  const set = (name: string): Step => ({ name: `settings ${name}`, run: () => live().applySettings(name) });
  const supervise: Step = {
    name: "supervision",
    run: async () => tasks.forEach((task, name) => void live().supervise(name, task)),
    undo: async () => ground.live.get(row.id)?.unsupervise(),
  };
  const traffic: Step = {
    name: "traffic",
    run: async () => void (await live().engine.trafficOn()),
    undo: async () => void (await live().engine.trafficOff()),
  };
  const all = components(plan);
  return [...all.map(launch), ...all.map(ready), ...all.map(set), supervise, traffic];
}

/** From `running` to `stopped`. */
export function stopSteps(ground: Ground, row: InstanceRow, plan: Plan, grace_ms: number): Step[] {
  const live = () => liveOf(ground, row);
  const leave = (name: string): Step => ({ name: `stop ${name}`, run: () => (ground.live.has(row.id) ? live().leave(name, grace_ms) : removeTask(ground, row, name)) });
  return [
    { name: "traffic", run: async () => void (await live().engine.trafficOff()) },
    { name: "drain", run: async () => void (await live().engine.drain(grace_ms)) },
    { name: "supervision", run: () => live().unsupervise() },
    ...components(plan).map(leave),
  ];
}

/** To `not-instantiated`, from whatever there is. */
export function removeSteps(ground: Ground, row: InstanceRow): Step[] {
  return [
    { name: "engine", run: () => dropEngine(ground, row) },
    { name: "folder", run: () => removeLeftovers(ground, row, "nothing") },
    {
      name: "records",
      run: async () => void ground.store.instances.update(row.id, { ports: {}, settings: {}, nsh: undefined, problem: undefined }),
    },
  ];
}

/** Files of a package's own ports lie in the package; what they write goes to the kept folder. */
export function absolutePaths(ground: Ground, row: InstanceRow, plan: Plan): Plan {
  const content = join(ground.packageFolder(row.packageId), "content");
  const kept = ground.keptFolder(row);
  const rooted = (folder: string, path: unknown) => (typeof path === "string" && !path.startsWith("/") ? join(folder, path) : path);
  const actions = plan.actions.map((action): Action => {
    if (action.do !== "open-port") return action;
    const roots = { in: content, out: kept, record: kept } as Record<string, string>;
    const options = Object.entries(action.options).map(([key, value]) => [key, roots[key] ? rooted(roots[key], value) : value]);
    return { ...action, options: Object.fromEntries(options) };
  });
  return { ...plan, actions };
}
