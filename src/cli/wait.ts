// Waiting for something that a program of this machine does, with the reason when it does not.
import { type Clock, systemClock } from "../lib/clock.ts";
import { AppError } from "../wire/errors.ts";
import type { Context } from "./context.ts";
import type { End, ProgramName } from "./supervise.ts";

export interface Waiting<T> {
  readonly program: ProgramName;
  /** What is waited for, as a person is told after a while: `the agent's first status`. */
  readonly what: string;
  /** The program's first run: when it ends, there is nothing to wait for any more. */
  readonly firstEnd: Promise<End>;
  /** What is waited for; undefined: not yet. */
  readonly look: () => Promise<T | undefined>;
  readonly timeoutMs?: number;
  readonly clock?: Pick<Clock, "monotonic" | "sleep">;
}

const pollMs = 50;
/** Most programs are ready before a person asks what is going on. */
const quietMs = 5_000;
const tellEveryMs = 10_000;

/** The first thing that `look` finds; throws when the program ends, when time is over, or when the person gives up. */
export async function waitFor<T>(
  context: Context,
  { program, what, firstEnd, look, timeoutMs = 60_000, clock = systemClock }: Waiting<T>,
): Promise<T> {
  const hint = `\`portway logs ${program}\` says why`;
  let ended: End | undefined;
  void firstEnd.then((end) => {
    ended = end;
  });
  const startedAt = clock.monotonic();
  let tellAfterMs = quietMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (ended) throw new AppError("notRunning", `${program} ended ${ended.how}`, { hint });
    if (context.stop.aborted) throw new AppError("notRunning", "stopped before Portway was up");
    const waitedMs = clock.monotonic() - startedAt;
    if (waitedMs >= timeoutMs) {
      const message = `${program} is not ready after ${timeoutMs / 1000} s: no sign of ${what}`;
      throw new AppError("notRunning", message, { hint });
    }
    if (waitedMs >= tellAfterMs) {
      context.note(`waiting for ${what}: ${Math.round(waitedMs / 1000)} s of ${timeoutMs / 1000} s`);
      tellAfterMs += tellEveryMs;
    }
    await clock.sleep(pollMs, context.stop);
  }
}
