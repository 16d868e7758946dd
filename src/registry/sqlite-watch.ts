// Watches over a history that can be read from any revision: each reads on at its own pace and waits for the next commit.
import type { Batch } from "./store.ts";

/** A part of the history and the revision that it reaches: the one it began at when there is nothing more yet. */
export interface Stretch {
  readonly batches: readonly Batch[];
  readonly upTo: number;
}

export interface Watches {
  /** Reads from `fromRevision` with `readAfter` until the signal aborts or `end` is called. */
  readonly follow: (
    readAfter: (revision: number) => Stretch,
    fromRevision: number,
    signal: AbortSignal | undefined,
  ) => AsyncGenerator<Batch>;
  /** Tells all that wait that there is more to read. */
  readonly wake: () => void;
  readonly end: () => void;
}

/** The watches of one store. */
export function createWatches(): Watches {
  const waiting = new Set<() => void>();
  let ended = false;

  const woken = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      const done = () => {
        waiting.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      waiting.add(done);
      signal?.addEventListener("abort", done, { once: true });
    });
  const wake = () => {
    for (const done of waiting) done();
  };

  return {
    wake,
    end() {
      ended = true;
      wake();
    },
    async *follow(readAfter, fromRevision, signal) {
      const over = () => ended || signal?.aborted === true;
      for (let seen = fromRevision; !over(); ) {
        const { batches, upTo } = readAfter(seen);
        for (const batch of batches) {
          yield batch;
          if (over()) return;
        }
        if (upTo === seen) await woken(signal);
        seen = upTo;
      }
    },
  };
}
