// One candidate after the other, until the direct way is proven: what a pair tries next, and when. Pure.

export interface Trials {
  /** Which candidates these are. */
  readonly key: string;
  /** Of the next one. */
  readonly index: number;
  readonly nextAt: number;
  /** Times that all were tried in vain. */
  readonly rounds: number;
}

/** To try an endpoint, or to leave off for a while; undefined: not yet. */
export type Step =
  | { readonly kind: "try"; readonly endpoint: string; readonly isFirst: boolean }
  | { readonly kind: "rest" }
  | undefined;

/** A candidate has this long: a handshake is sent at once, and twice over the sea and back is less. */
const trialMs = 1_500;
const [firstRestMs, mostRestMs] = [5_000, 300_000];

/** Candidates that are new begin anew; `before` is undefined for a pair that has tried none since it was proven last. */
export function nextStep(
  before: Trials | undefined,
  candidates: readonly string[],
  now: number,
): { readonly trials: Trials; readonly step: Step } {
  const key = candidates.join();
  const trials = before?.key === key ? before : { key, index: 0, nextAt: now, rounds: 0 };
  if (candidates.length === 0 || now < trials.nextAt) return { trials, step: undefined };
  const endpoint = candidates[trials.index];
  if (endpoint !== undefined)
    return {
      trials: { ...trials, index: trials.index + 1, nextAt: now + trialMs },
      step: { kind: "try", endpoint, isFirst: trials.index === 0 },
    };
  const restMs = Math.min(mostRestMs, firstRestMs * 2 ** trials.rounds);
  const rested = { key, index: 0, nextAt: now + restMs, rounds: trials.rounds + 1 };
  return { trials: rested, step: { kind: "rest" } };
}

/** The other end begins again: so does this one, if it rests. Both at once is what opens two NATs. */
export function woken(trials: Trials, now: number): Trials {
  return trials.index === 0 ? { ...trials, nextAt: Math.min(trials.nextAt, now) } : trials;
}
