// What is tried when nothing answers, one step after the other, for ever and less often with time. Pure.

/** Look the endpoint's name up again; begin a handshake anew; take another port. */
export type Remedy = "resolve" | "handshake" | "rebind";

export interface Ladder {
  /** Of the next step. */
  readonly step: number;
  readonly nextAt: number;
}

const remedies: readonly Remedy[] = ["resolve", "handshake", "rebind"];
/** Two steps of one round are so far apart; so long is the first pause between two rounds, and the longest. */
const [firstMs, stepMs, firstPauseMs, mostPauseMs] = [500, 1_500, 5_000, 300_000];

/** For what went dark at that time, monotonic ms. */
export const startLadder = (now: number): Ladder => ({ step: 0, nextAt: now + firstMs });

/** The remedy that is due, if any. */
export function climb(ladder: Ladder, now: number): { readonly ladder: Ladder; readonly remedy?: Remedy } {
  if (now < ladder.nextAt) return { ladder };
  const step = ladder.step + 1;
  const isRoundOver = step % remedies.length === 0;
  const round = Math.floor(ladder.step / remedies.length);
  const waitMs = isRoundOver ? Math.min(mostPauseMs, firstPauseMs * 2 ** round) : stepMs;
  return { ladder: { step, nextAt: now + waitMs }, remedy: remedies[ladder.step % remedies.length]! };
}
