// The state in force: what control sent last, as far as the guard lets it and until a trial of it is over, kept on disk.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Followed } from "../wire/follow.ts";
import { type MeshState, meshFromObjects } from "../wire/mesh.ts";
import { guard } from "./guard.ts";
import { type AgentState, loadState, saveState } from "./state.ts";
import { createTrial } from "./trial.ts";

export interface InForceParts {
  /** The agent's. */
  readonly folder: string;
  readonly log: Pick<Log, "warn" | "error">;
  readonly clock: Pick<Clock, "monotonic">;
  /** Another state is in force, or could not be. */
  readonly onChange: () => void;
  /** What is held back, or why a state could not be taken in, is another than before. */
  readonly onTrouble: () => void;
  /** One on trial was not confirmed: the one before it is in force again. */
  readonly onUndone: () => void;
}

export interface InForce {
  readonly state: () => AgentState;
  /** What the machine is to be like; undefined: control has sent nothing yet. */
  readonly mesh: () => MeshState | undefined;
  /** Why the last state that came is not in force, or not on disk. */
  readonly failure: () => Error | undefined;
  /** Takes a new state in: it is in force at once, and on disk as soon as that has room for it. */
  readonly take: (followed: Followed) => void;
  /** Goes back when the time of a trial is over; asked every second. */
  readonly endTrial: () => void;
  /** Writes what could not be written when it came; true: it is on disk now. */
  readonly saveAgain: () => boolean;
}

export function openInForce({ folder, log, clock, onChange, onTrouble, onUndone }: InForceParts): InForce {
  const trial = createTrial(clock);
  let state = loadState(folder);
  let mesh = meshFromObjects(state.guarded.inForce);
  let failure: Error | undefined;
  let isSaved = true;

  const put = (next: AgentState) => {
    mesh = meshFromObjects(next.guarded.inForce);
    state = next;
    isSaved = false;
    saveState(folder, state);
    isSaved = true;
  };

  /** A disk that is full, or a state that makes no sense: the host goes on, and control is told. */
  const tried = (work: () => void) => {
    const before = trouble();
    try {
      work();
      failure = undefined;
    } catch (error) {
      failure = error as Error;
      log.error({ reason: failure.message }, "state");
    }
    onChange();
    if (trouble() !== before) onTrouble();
  };
  const trouble = () => JSON.stringify([state.guarded.held, failure?.message]);

  return {
    state: () => state,
    mesh: () => mesh,
    failure: () => failure,
    take: (followed) =>
      tried(() => {
        const guarded = guard(state.guarded, followed.objects, followed.revision);
        if (guarded.held) log.warn({ peers: guarded.held.peers }, "removals are held until a person confirms them");
        put({ followed, guarded, ...trial.before(state, followed.objects) });
      }),
    endTrial() {
      const before = trial.over(state);
      if (before === undefined) return;
      const { revision } = before.followed;
      log.warn({ revision }, "a state on trial was not confirmed: the one before it is in force");
      onUndone();
      tried(() => put(before));
    },
    saveAgain() {
      if (isSaved) return false;
      try {
        saveState(folder, state);
        [isSaved, failure] = [true, undefined];
      } catch {} // told already
      return isSaved;
    },
  };
}
