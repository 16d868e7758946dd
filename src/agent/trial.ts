// A state on trial, because it cuts hosts off from control: unless another comes in time, the one before it is in force again.
// Control undoes it too (control/trial.ts); a host that cannot hear of that does so by itself.
import type { Clock } from "../lib/clock.ts";
import { trialKey, trialMs } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import type { AgentState } from "./state.ts";

export interface Trial {
  /** The state that is kept beside one with these objects, which follows `state`. */
  readonly before: (state: AgentState, objects: Objects) => Pick<AgentState, "before">;
  /** The state to go back to now; asked again and again, with the state in force. */
  readonly over: (state: AgentState) => AgentState | undefined;
}

export function createTrial({ monotonic }: Pick<Clock, "monotonic">): Trial {
  let until: number | undefined;
  return {
    before({ followed, guarded, before }, objects) {
      return objects[trialKey] === undefined ? {} : { before: before ?? { followed, guarded } };
    },
    over({ before }) {
      until = before && (until ?? monotonic() + trialMs);
      if (until === undefined || monotonic() < until) return undefined;
      until = undefined;
      return before;
    },
  };
}
