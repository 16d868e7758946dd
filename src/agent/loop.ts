// Work that is done again and again, never twice at once: when asked to, at intervals, and after a failure with growing
// waits.
import { backoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";

export interface LoopOptions {
  readonly clock: Clock;
  /** One round; "again" asks for another one at once, a failure for one after a wait. It does not reject. */
  readonly round: () => Promise<"done" | "again" | "failed">;
  /** Time between rounds that nobody asks for. */
  readonly everyMs: number;
  /** How long a request waits for others to come along. */
  readonly quietMs: number;
  /** Rounds that are asked for begin no closer to each other than this; unless told, as soon as the last has ended. */
  readonly apartMs?: number;
}

export interface Loop {
  /** Asks for a round that begins after this call. */
  readonly trigger: () => void;
  /** Resolves when the round that is under way, if any, has ended; there is none after it. */
  readonly close: () => Promise<void>;
}

/** Rounds that take long come less often: at most a twentieth of the time goes to those that nobody asked for. */
const restRatio = 20;
const [firstWaitMs, maxWaitMs] = [250, 30_000];

export function startLoop({ clock, round, everyMs, quietMs, apartMs = 0 }: LoopOptions): Loop {
  const waits = backoff(firstWaitMs, maxWaitMs);
  const end = new AbortController();
  let asked = true;
  let wake = new AbortController();

  const rest = async (outcome: Awaited<ReturnType<LoopOptions["round"]>>, tookMs: number) => {
    if (outcome === "failed") return clock.sleep(waits.next(), AbortSignal.any([end.signal, wake.signal]));
    waits.reset();
    if (outcome === "again" || asked) return;
    await clock.sleep(Math.max(everyMs, tookMs * restRatio), AbortSignal.any([end.signal, wake.signal]));
  };

  const run = (async () => {
    let startedAt = Number.NEGATIVE_INFINITY;
    while (!end.signal.aborted) {
      if (asked) await clock.sleep(Math.max(quietMs, startedAt + apartMs - clock.monotonic()), end.signal);
      if (end.signal.aborted) return;
      asked = false;
      wake = new AbortController();
      startedAt = clock.monotonic();
      const outcome = await round();
      await rest(outcome, clock.monotonic() - startedAt);
    }
  })();

  return {
    trigger() {
      asked = true;
      wake.abort();
    },
    async close() {
      end.abort();
      await run;
    },
  };
}
