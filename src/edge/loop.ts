// Level-triggered work: done at once, again when woken, and again after the wait it asks for; never twice at a time.
import type { Clock } from "../lib/clock.ts";

export interface Loop {
  /** Something may have changed; a wake during a run makes another follow. */
  readonly wake: () => void;
  /** Settles when the signal has aborted and the last run has ended; rejects with what `work` throws. */
  readonly ended: Promise<void>;
}

/** `work` gives the ms until it wants to run again. */
export function loop(work: () => Promise<number>, clock: Clock, signal: AbortSignal): Loop {
  let alarm = new AbortController();
  async function run(): Promise<void> {
    while (!signal.aborted) {
      alarm = new AbortController();
      const waitMs = await work();
      if (!signal.aborted) await clock.sleep(waitMs, AbortSignal.any([alarm.signal, signal]));
    }
  }
  return { wake: () => alarm.abort(), ended: run() };
}
