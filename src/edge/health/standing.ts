// What the checks of one target amount to: `rise` and `fall` answers in a row change it, the first answer alone when
// nothing is known.
import type { HealthConfig } from "../../wire/edge-service.ts";

export interface Standing {
  /** Why it must not be used; undefined: it may. */
  readonly down: string | undefined;
  /** Answers in a row that say otherwise. */
  readonly against: number;
  /** The next answer decides alone. */
  readonly isOpen: boolean;
}

/** A target that nobody has asked yet takes part. */
export const unasked: Standing = { down: undefined, against: 0, isOpen: true };

/** As another process judged it. */
export const inherited = (down: string | undefined): Standing => ({ down, against: 0, isOpen: false });

/** After one more answer; `problem` is what was wrong with it, undefined when it was well. */
export function afterAnswer(
  { down, against, isOpen }: Standing,
  problem: string | undefined,
  { rise, fall }: Pick<HealthConfig, "rise" | "fall">,
): Standing {
  const agrees = (problem === undefined) === (down === undefined);
  if (agrees) return inherited(problem); // a target that is down may have another reason now
  const needed = problem === undefined ? rise : fall;
  return isOpen || against + 1 >= needed ? inherited(problem) : { down, against: against + 1, isOpen };
}
