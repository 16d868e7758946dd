// Time that passes when it is told to: whoever sleeps is woken in order, and all that follows from it is over before time goes on.
import type { Clock } from "../../src/lib/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

export interface VirtualClock extends Clock {
  readonly after: (ms: number, work: () => void) => void;
  readonly pass: (ms: number) => Promise<void>;
  /** Lets all work end that needs no time. */
  readonly settle: () => Promise<void>;
}

/** Turns of the event loop until a write has come back by the registry's watch, and what follows from that is written too. */
const turns = 3;

export function createVirtualClock(startMs: number): VirtualClock {
  let [nowMs, serial] = [startMs, 0];
  const timers: Timer[] = []; // sorted, the next one last
  const add = (atMs: number, wake: () => void) => {
    const timer = { atMs, order: serial++, wake };
    let index = timers.length;
    while (index > 0 && timers[index - 1]!.atMs <= atMs) index--;
    timers.splice(index, 0, timer);
    return timer;
  };
  const settle = async () => {
    for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done));
  };
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const timer = add(nowMs + Math.max(0, ms), () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        const abort = () => {
          const index = timers.indexOf(timer);
          if (index >= 0) timers.splice(index, 1);
          resolve();
        };
        signal?.addEventListener("abort", abort, { once: true });
      }),
    after: (ms, work) => void add(nowMs + ms, work),
    settle,
    async pass(ms) {
      const until = nowMs + ms;
      for (let next = timers.at(-1); next && next.atMs <= until; next = timers.at(-1)) {
        nowMs = next.atMs;
        while (timers.at(-1)?.atMs === nowMs) timers.pop()!.wake();
        await settle();
      }
      nowMs = until;
    },
  };
}
