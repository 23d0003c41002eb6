/** The forwarding graph of a package: for each path from a connection point (a *route*), where every output of every component leads. */
import type { Fault, Vnf } from "@coven/contract";
import { type NshRoute, nshFaults, tableFaults } from "@coven/nshp";
import { twoHeaderFaults, wireFaults } from "./directions.ts";
import { type Branch, isBranch, isRoot, outputsOf, type Path, type Root, readPaths } from "./paths.ts";

/** Where a packet goes next: to a component (a state), or out by a connection point. */
export type Hop = { state: number } | { point: string };

/** A component as one route comes to it, by its own path or by a branch; `next` has a hop for each output number. */
export interface State { route: number; component: string; next: Hop[] }

/** A path from a connection point with all its branches. */
export interface Route extends NshRoute { entry: Hop }

export interface Graph { routes: Route[]; states: State[] }

/** No VNF runs with it. That no packet takes a path is a mistake in a package, but passes in a running VNF, where another role gives it packets again. */
export const prevents = ({ reason }: Fault): boolean => reason !== "PATH_UNREACHABLE";

/** The graph, or everything that is wrong with the package's paths, outputs and NSH words. */
export function readGraph(vnf: Vnf): { graph: Graph; faults: Fault[] } {
  const { paths, faults } = readPaths(vnf);
  const graph: Graph = { routes: [], states: [] };
  if (faults.length > 0) return { graph, faults };
  const branches = paths.filter(isBranch);
  const used = new Set<Branch>();
  for (const root of paths.filter(isRoot)) {
    const tracer = new Tracer(vnf, graph, root, branches);
    graph.routes.push(tracer.trace());
    faults.push(...tracer.faults);
    for (const branch of tracer.taken) used.add(branch);
  }
  faults.push(...unusedFaults(vnf, graph, branches, used), ...(faults.length === 0 ? [...wireFaults(vnf, graph), ...twoHeaderFaults(vnf, graph)] : []), ...nshFaults(vnf, graph.routes), ...tableFaults(vnf, graph.routes));
  return { graph, faults: distinct(faults) };
}

function unusedFaults(vnf: Vnf, { states }: Graph, branches: Branch[], used: ReadonlySet<Branch>): Fault[] {
  const reached = new Set(states.map((state) => state.component));
  const idle = Object.keys(vnf.components ?? {}).filter((name) => !reached.has(name));
  const lost = branches.filter((branch) => !used.has(branch) && reached.has(branch.start.component));
  return [
    ...idle.map((name): Fault => ({ reason: "COMPONENT_UNUSED", values: [name], at: ["components", name] })),
    ...lost.map((branch): Fault => ({ reason: "PATH_UNREACHABLE", values: [branch.name, `of the paths through ${branch.start.component}, each takes another branch or does not come to where this one ends`], at: ["paths", branch.name] })),
  ];
}

function distinct(faults: Fault[]): Fault[] {
  const byText = new Map(faults.map((fault) => [JSON.stringify(fault), fault]));
  return [...byText.values()];
}

/** A line of components with its states: the route's own path, or a branch that it takes. */
interface Thread { path: Path; states: number[] }

/** Follows one route through its path and every branch that packets on it may take. */
class Tracer {
  readonly faults: Fault[] = [];
  readonly taken = new Set<Branch>();
  private readonly threads: Thread[] = [];
  /** `component.output` -> the branch that packets of this route take there. */
  private readonly choice = new Map<string, Thread | undefined>();
  /** Which path made the hop: state and output -> its name, to blame the right one. */
  private readonly maker = new Map<string, string>();
  private readonly vnf: Vnf;
  private readonly graph: Graph;
  private readonly root: Root;
  private readonly branches: Branch[];

  constructor(vnf: Vnf, graph: Graph, root: Root, branches: Branch[]) {
    this.vnf = vnf;
    this.graph = graph;
    this.root = root;
    this.branches = branches;
  }

  trace(): Route {
    const main = this.thread(this.root);
    for (let i = 0; i < this.threads.length; i++) for (const name of this.threads[i]?.path.via ?? []) this.branch(name); // grows meanwhile
    for (const thread of this.threads) for (const [index, state] of thread.states.entries()) this.link(thread, state, index);
    if (this.faults.length === 0) this.refuseCycles();
    const components = [...new Set(this.threads.flatMap((thread) => thread.path.via))];
    return { name: this.root.name, from: this.root.start.point, components, entry: this.enter(main) ?? { point: this.root.end.point } };
  }

  private thread(path: Path): Thread {
    const route = this.graph.routes.length;
    const states = path.via.map((component) => this.graph.states.push({ route, component, next: [] }) - 1);
    const thread = { path, states };
    this.threads.push(thread);
    return thread;
  }

  /** Choose a branch for each named output of a component. */
  private branch(component: string): void {
    for (const [index, output] of outputsOf(this.vnf, component).slice(1).entries()) {
      const key = `${component}.${output}`;
      if (this.choice.has(key)) continue;
      const branch = this.choose(component, output, index);
      if (branch) this.taken.add(branch);
      this.choice.set(key, branch && this.thread(branch));
    }
  }

  /** Exactly one branch serves an output. Those that come back to the route, or end where it ends, go before those that leave it. */
  private choose(component: string, output: string, index: number): Branch | undefined {
    const all = this.branches.filter(({ start }) => start.component === component && start.output === output);
    const near = all.filter(({ end }) => ("joins" in end ? this.root.via.includes(end.joins) : end.point === this.root.end.point));
    const far = all.filter(({ end }) => ("joins" in end ? this.standsInBranch(end.joins) : true));
    const [first, second] = near.length > 0 ? near : far;
    if (second) this.taken.add(second);
    if (second) this.faults.push({ reason: "PATH_SYNTAX", values: [second.name, `begins at ${component}.${output} as path ${first?.name} does, and both suit path ${this.root.name}`], at: ["paths", second.name] });
    if (!first) {
      const where = all.length > 0 ? `${component}, on path ${this.root.name},` : component;
      this.faults.push({ reason: "OUTPUT_UNCONNECTED", values: [output, where], at: ["components", component, "outputs", index] });
    }
    return first;
  }

  private standsInBranch(component: string): boolean {
    return this.branches.some((branch) => branch.via.includes(component));
  }

  private link(thread: Thread, at: number, index: number): void {
    const state = this.graph.states[at];
    if (!state) return;
    const following = thread.states[index + 1];
    const hops = [following === undefined ? this.leave(thread) : { state: following }];
    this.maker.set(`${at}.0`, thread.path.name);
    for (const output of outputsOf(this.vnf, state.component).slice(1)) {
      const taken = this.choice.get(`${state.component}.${output}`);
      if (taken) this.maker.set(`${at}.${hops.length}`, taken.path.name);
      hops.push(taken && this.enter(taken));
    }
    state.next = hops.map((hop) => hop ?? { point: this.root.end.point }); // a missing one is a fault already
  }

  private enter(thread: Thread): Hop | undefined {
    const [first] = thread.states;
    return first === undefined ? this.leave(thread) : { state: first };
  }

  /** Where a thread leads at its end; a branch joins the route's own path before another branch. */
  private leave({ path }: Thread): Hop | undefined {
    const { end } = path;
    if ("point" in end) return end;
    const places = this.threads.flatMap((thread) => thread.states.filter((_, index) => thread.path.via[index] === end.joins));
    const [first, second] = places;
    const main = this.threads[0]?.states.includes(first ?? -1);
    if (first !== undefined && (main || second === undefined)) return { state: first };
    const why = first === undefined ? `joins at ${end.joins}, to which path ${this.root.name} does not come` : `joins at ${end.joins}, which stands in several branches of path ${this.root.name}`;
    this.faults.push({ reason: "PATH_SYNTAX", values: [path.name, why], at: ["paths", path.name] });
    return undefined;
  }

  /** No packet may come to a component twice, whatever outputs it takes. */
  private refuseCycles(): void {
    const blamed = new Set<string>();
    for (const start of this.threads.flatMap((thread) => thread.states)) {
      const component = this.graph.states[start]?.component;
      const back = this.findAgain(start, component);
      if (component === undefined || back === undefined || blamed.has(back)) continue;
      blamed.add(back);
      this.faults.push({ reason: "PATH_CYCLE", values: [back, component], at: ["paths", back] });
    }
  }

  /** A walk from `start` that comes to its component again: the first branch that it takes, or nothing if there is none. */
  private findAgain(start: number, component: string | undefined): string | undefined {
    const seen = new Map<number, string | undefined>([[start, undefined]]);
    for (const [at, blamed] of seen) {
      const { next } = this.graph.states[at] ?? { next: [] };
      for (const [output, hop] of next.entries()) {
        if ("point" in hop) continue;
        const maker = this.maker.get(`${at}.${output}`);
        const branch = blamed ?? (maker === this.root.name ? undefined : maker);
        if (this.graph.states[hop.state]?.component === component) return branch ?? this.root.name;
        if (!seen.has(hop.state)) seen.set(hop.state, branch);
      }
    }
    return undefined;
  }
}
