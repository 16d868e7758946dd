// Waiting for something that a program of this machine does, with the reason when it does not.
import { systemClock } from "../lib/clock.ts";
import { AppError } from "../wire/errors.ts";
import type { Context } from "./context.ts";
import type { End, ProgramName } from "./supervise.ts";

export interface Waiting<T> {
  readonly program: ProgramName;
  /** The program's first run: when it ends, there is nothing to wait for any more. */
  readonly firstEnd: Promise<End>;
  /** What is waited for; undefined: not yet. */
  readonly look: () => Promise<T | undefined>;
  readonly timeoutMs?: number;
}

const pollMs = 50;

/** The first thing that `look` finds; throws when the program ends, when time is over, or when the person gives up. */
export async function waitFor<T>(
  context: Context,
  { program, firstEnd, look, timeoutMs = 60_000 }: Waiting<T>,
): Promise<T> {
  const hint = `\`portway logs ${program}\` says why`;
  let ended: End | undefined;
  void firstEnd.then((end) => {
    ended = end;
  });
  const deadline = systemClock.monotonic() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (ended) throw new AppError("notRunning", `${program} ended ${ended.how}`, { hint });
    if (context.stop.aborted) throw new AppError("notRunning", "stopped before Portway was up");
    if (systemClock.monotonic() >= deadline) {
      throw new AppError("notRunning", `${program} is not ready after ${timeoutMs / 1000} s`, { hint });
    }
    await systemClock.sleep(pollMs, context.stop);
  }
}
