// When a path is asked next. Pure. Little while all is well; soon and often where the answer decides something.
import { isDoubted, isProven, type PathHealth } from "./health.ts";

/** What a path is to its pair at the moment. */
export interface Place {
  /** It carries the pair's packets. */
  readonly inUse: boolean;
  /** There are such packets at the moment: that it goes dark is to be known soon. */
  readonly busy: boolean;
  /** It would be preferred to the one in use. */
  readonly preferred: boolean;
  /** Answers are missing on the one in use: the pair may need this one in a moment. */
  readonly needed: boolean;
  /** Control waits to hear of it. */
  readonly awaited: boolean;
}

const inUseMs = 1_000;
const standbyMs = 5_000;
const preferredMs = 500;
export const doubtMs = 200;
/** A path is steady after so many answers in a row. */
const steadyStreak = 3;

/** Answers come without a miss for long enough that packets may be trusted to the path. */
export function isSteady(health: PathHealth): boolean {
  return isProven(health) && health.streak >= steadyStreak;
}

/** Time from one question to the next. */
export function askEveryMs(
  health: PathHealth,
  { inUse, busy, preferred, needed, awaited }: Place,
  now: number,
): number {
  if (!isProven(health)) {
    if (awaited && isNew(health)) return preferredMs;
    return inUse || needed || isNew(health) ? inUseMs : standbyMs;
  }
  if (isDoubted(health, now) || (needed && isStale(health, now))) return doubtMs;
  if ((preferred || awaited) && health.streak < steadyStreak) return preferredMs;
  return (inUse && busy) || health.streak < steadyStreak ? inUseMs : standbyMs;
}

const isNew = ({ nextSequence }: PathHealth) => nextSequence <= 15;
const isStale = ({ answeredAt = 0 }: PathHealth, now: number) => now - answeredAt > doubtMs;
