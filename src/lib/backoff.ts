// Exponential backoff with full jitter, so that a thousand hosts do not come back in the same moment.

export interface Backoff {
  /** The wait before the next try, ms. */
  readonly next: () => number;
  readonly reset: () => void;
}

/** Doubles from `firstMs` to `maxMs`; each wait is drawn evenly from [half, whole]. `random` gives [0, 1). */
export function backoff(firstMs: number, maxMs: number, random: () => number = Math.random): Backoff {
  let ceiling = firstMs;
  return {
    next() {
      const wait = ceiling / 2 + (ceiling / 2) * random();
      ceiling = Math.min(maxMs, ceiling * 2);
      return wait;
    },
    reset() {
      ceiling = firstMs;
    },
  };
}
