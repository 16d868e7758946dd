// Keeps programs running where no service manager does: started in order, started again with growing waits, ended together.
import { backoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";

export type ProgramName = "control" | "agent" | "edge";

export interface Program {
  readonly name: ProgramName;
  /** Words after the program's name on its command line. */
  readonly words: readonly string[];
}

export interface End {
  /** As it completes "control ended …": `with status 1`, `by SIGKILL`. */
  readonly how: string;
  /** It has nothing left to do, and is not to be started again. */
  readonly forGood: boolean;
}

export interface Child {
  readonly ended: Promise<End>;
  /** Asks it to end; kills it after a grace time. */
  readonly stop: () => void;
}

export interface SupervisorParts {
  readonly clock: Clock;
  /** Starts one program. */
  readonly start: (program: Program) => Child;
  /** Told of each end that was not asked for, and how long it is until the next start (absent: for good). */
  readonly onEnd: (program: Program, how: string, waitMs?: number) => void;
  /** Waits between starts lie between half and the whole of a growing time; Math.random unless given. */
  readonly random?: () => number;
}

export interface Supervisor {
  /** Starts a program and keeps it running. The promise resolves if its first run ends, before that is reported. */
  readonly keep: (program: Program) => { readonly firstEnd: Promise<End> };
  /** Resolves when each program that was kept by then has ended for good. */
  readonly allOver: () => Promise<unknown>;
  /** Ends all programs, those started last first; resolves when none runs any more. */
  readonly stop: () => Promise<void>;
}

/** A run that lasted this long was a good one: the next wait is a short one again. */
const settledMs = 20_000;
const [firstWaitMs, maxWaitMs] = [500, 30_000];

export function supervise({ clock, start, onEnd, random }: SupervisorParts): Supervisor {
  const kept: { readonly over: Promise<void>; child: Child }[] = [];
  const stopping = new AbortController();

  const runAgain = async (program: Program, entry: { child: Child }) => {
    const waits = backoff(firstWaitMs, maxWaitMs, random);
    for (;;) {
      const startedAt = clock.monotonic();
      const { how, forGood } = await entry.child.ended;
      if (stopping.signal.aborted) return;
      if (forGood) return onEnd(program, how);
      if (clock.monotonic() - startedAt >= settledMs) waits.reset();
      const waitMs = waits.next();
      onEnd(program, how, waitMs);
      await clock.sleep(waitMs, stopping.signal);
      if (stopping.signal.aborted) return;
      entry.child = start(program);
    }
  };

  return {
    keep(program) {
      const child = start(program);
      const entry = { child, over: Promise.resolve() };
      entry.over = runAgain(program, entry);
      kept.push(entry);
      return { firstEnd: child.ended };
    },
    allOver: () => Promise.all(kept.map(({ over }) => over)),
    async stop() {
      stopping.abort();
      for (const entry of kept.reverse()) {
        entry.child.stop();
        await entry.over;
      }
    },
  };
}
