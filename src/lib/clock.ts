// Time as a value that is passed in, so that tests can own it.

export interface Clock {
  /** Wall clock, ms since the Unix epoch. May jump. */
  readonly now: () => number;
  /** Monotonic clock, ms; only differences mean anything. */
  readonly monotonic: () => number;
  /** Resolves after `ms`, or at once when the signal aborts (never rejects). */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    }),
};
