// Short looks at what is, at even intervals, which never wait for anything: a loop (loop.ts) is for work that does.
import type { Clock } from "../lib/clock.ts";

/** Looks now and again after each such time, until closed. */
export function every(clock: Pick<Clock, "sleep">, ms: number, look: () => void): { readonly close: () => void } {
  const end = new AbortController();
  void (async () => {
    while (!end.signal.aborted) {
      look();
      await clock.sleep(ms, end.signal);
    }
  })();
  return { close: () => end.abort() };
}
