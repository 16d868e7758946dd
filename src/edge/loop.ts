// Level-triggered work: done at once, again when woken, and again after the wait it asks for; never twice at a time.
import { type Backoff, backoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";

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

/** Several loops that a program consists of, by name. */
export interface Rounds<Name extends string> {
  readonly wake: (name: Name) => void;
  /** What ended the last run of a loop; gone after a run that went well. */
  readonly failures: () => Readonly<Record<string, string>>;
  readonly ended: Promise<unknown>;
}

/** Starts them all. One that throws (a full disk, say) runs again after a wait, and the others go on. */
export function startRounds<Name extends string>(
  work: Readonly<Record<Name, () => Promise<number>>>,
  { clock, log, signal }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Rounds<Name> {
  const failures = new Map<string, string>();
  const guarded = async (name: Name, waits: Backoff) => {
    try {
      const waitMs = await work[name]();
      failures.delete(name);
      waits.reset();
      return waitMs;
    } catch (error) {
      log.error({ part: name, error: String(error) }, "a part of the edge failed");
      failures.set(name, String(error));
      return waits.next();
    }
  };
  const loops = new Map<Name, Loop>();
  const starting = Promise.resolve().then(() => {
    for (const name of Object.keys(work) as Name[]) {
      const waits = backoff(500, 30_000);
      loops.set(
        name,
        loop(() => guarded(name, waits), clock, signal),
      );
    }
  });
  return {
    wake: (name) => loops.get(name)?.wake(),
    failures: () => Object.fromEntries(failures),
    ended: starting.then(() => Promise.all([...loops.values()].map(({ ended }) => ended))),
  };
}
