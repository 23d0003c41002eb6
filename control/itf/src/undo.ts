/** Rollback is data: what takes back an action of a plan. */
import type { Action, Plan } from "@coven/contract";

type Of<Kind extends Action["do"]> = Extract<Action, { do: Kind }>;
type Inverse = { [Kind in Action["do"]]: ((action: Of<Kind>) => Action) | "nothing" | "impossible" };

const inverses: Inverse = {
  "create-channel": "nothing", // it ends with the engine
  "open-port": ({ port }) => ({ do: "close-port", port }),
  "add-component": ({ shard, slot }) => ({ do: "remove-component", ...(shard !== undefined && { shard }), slot }),
  "add-edge": ({ edge }) => ({ do: "remove-edge", edge }),
  "add-path": ({ path }) => ({ do: "remove-path", path }),
  "add-exit": ({ edge, path }) => ({ do: "remove-exit", edge, path }),
  "add-rules": ({ port }) => ({ do: "remove-rules", port }),
  "close-port": "impossible",
  "set-role": "impossible",
  "remove-component": "impossible",
  "remove-edge": "impossible",
  "remove-path": "impossible",
  "remove-exit": "impossible",
  "remove-rules": "impossible",
};

/** The actions that take these back, in the order in which to do it. A removal does not say what it removed, so it has no inverse: RangeError. */
export function inverse(actions: readonly Action[]): Action[] {
  return actions.toReversed().flatMap((action) => {
    const undo = inverses[action.do] as ((action: Action) => Action) | "nothing" | "impossible";
    if (undo === "impossible") throw new RangeError(`${action.do} cannot be taken back`);
    return undo === "nothing" ? [] : [undo(action)];
  });
}

export const undoPlan = (plan: Plan): Action[] => inverse(plan.actions);
