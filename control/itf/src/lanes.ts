import type { Graph, Hop, State } from "./graph.ts";

/**
 * The lane of each state: which of its component's routes a packet there is on (spec/channel.md, section 4).
 *
 * Two states of a component share a lane where their way from here on is the same hop for hop, up to the engine: for every
 * output the next hop is the same (component, lane), or both end at slot 0. There the engine tells paths apart again, by its
 * ledger, so the ports may differ; only if one and the same route leaves by two ports from here does the lane have to say which.
 *
 * `directions` keeps the two ways through a component apart that knows only interfaces (directions.ts).
 *
 * Found by partition refinement, as in minimizing an automaton: begin with one block for each component, split blocks whose
 * states' outputs lead to different blocks, until nothing splits. What is left is the coarsest partition that is stable,
 * and so the number of lanes, of rings and of bytes is the least.
 */
export function assignLanes({ states }: Graph, directions: readonly number[]): number[] {
  const signs = exitSigns(states);
  let blocks = rank(states.map((state, at) => `${state.component} ${directions[at]}`));
  for (;;) {
    const finer = rank(states.map((state, at) => [blocks[at], ...state.next.map((hop, output) => ("state" in hop ? blocks[hop.state] : signs(state, output, hop)))].join()));
    if (Math.max(-1, ...finer) === Math.max(-1, ...blocks)) break;
    blocks = finer;
  }
  const seen = new Map<string, number[]>();
  return states.map(({ component }, at) => {
    const lanes = seen.get(component) ?? [];
    seen.set(component, lanes);
    const block = blocks[at] ?? 0;
    if (!lanes.includes(block)) lanes.push(block);
    return lanes.indexOf(block);
  });
}

/** Equal keys get equal numbers, from 0 in the order of their first appearance. */
function rank(keys: string[]): number[] {
  const seen = new Map<string, number>();
  return keys.map((key) => {
    const known = seen.get(key) ?? seen.size;
    seen.set(key, known);
    return known;
  });
}

/** How an exit counts in the comparison: as the rank of its port among those by which this route leaves this output; 0 unless it leaves by several. */
function exitSigns(states: State[]): (state: State, output: number, hop: Hop) => string {
  const points = new Map<string, string[]>();
  const key = (state: State, output: number) => `${state.route} ${state.component} ${output}`;
  for (const state of states) {
    for (const [output, hop] of state.next.entries()) {
      if ("state" in hop) continue;
      const known = points.get(key(state, output)) ?? [];
      points.set(key(state, output), known.includes(hop.point) ? known : [...known, hop.point]);
    }
  }
  return (state, output, hop) => `exit ${points.get(key(state, output))?.indexOf("point" in hop ? hop.point : "")}`;
}
