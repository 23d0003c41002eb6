/** A component is dead: the frames that it held or that wait for it come home (spec/channel.md §6). Here no other takes its place. */
import { ERROR_NONE, REASON_COMPONENT_CRASHED, REASON_COMPONENT_DOWN, RING_OFF_TAIL } from "@coven/sdk/channel";
import { ownerEdge, ownerGeneration } from "./descriptor.ts";
import { type Graph, isAlloc } from "./graph.ts";
import { place } from "./ledger.ts";
import { Consumer, type Ring } from "./ring.ts";
import type { Stage } from "./stage.ts";

export function bury(slot: number, graph: Graph, stage: Stage): void {
  const component = graph.components.get(slot);
  if (!component || component.dead) return;
  component.dead = true;
  while (stage.collect());
  for (const frame of [...stage.ledger.away()]) {
    const reason = lossOf(frame, slot, graph, stage);
    if (reason === undefined) continue;
    if (stage.ledger.placeOf(frame) === place.lent) stage.ledger.free(frame);
    else stage.drop(frame, reason);
  }
  // From now on what comes for it ends with the engine.
  for (const edge of graph.edges.values()) if (edge.spec.to.slot === slot) edge.consumer = new Consumer(skipped(edge.ring), edge.spec.block || edge.spec.from.slot === 0);
}

/** Another process takes the place of the one that ended, at the shared cursors. */
export function revive(slot: number, graph: Graph): void {
  const component = graph.components.get(slot);
  if (!component) return;
  component.dead = false;
  component.error = ERROR_NONE;
  for (const edge of graph.edges.values()) if (edge.spec.to.slot === slot) edge.consumer = undefined;
}

/** What waited there has just been counted. */
function skipped(ring: Ring): Ring {
  ring.store(RING_OFF_TAIL, ring.head);
  return ring;
}

/** The table of section 6, by the owner word. */
function lossOf(frame: number, slot: number, graph: Graph, { segment, ledger }: Stage): number | undefined {
  const [sequence = 0, high = 0] = segment.words.subarray(segment.ownerWord(frame), segment.ownerWord(frame) + 2);
  if (ownerGeneration(high) !== ledger.generationOf(frame)) return undefined;
  if (isAlloc(ownerEdge(high))) return ledger.slotOf(frame) === slot ? REASON_COMPONENT_CRASHED : undefined;
  const edge = graph.edges.get(ownerEdge(high));
  if (edge?.spec.to.slot === slot) return ((sequence - edge.ring.tail) | 0) < 0 ? REASON_COMPONENT_CRASHED : REASON_COMPONENT_DOWN;
  if (edge?.spec.from.slot === slot && ((sequence - edge.ring.head) | 0) >= 0) return REASON_COMPONENT_CRASHED;
  return undefined;
}
