// Long work in slices, between which connections are served.
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import type { Steps } from "../plan/steps.ts";

/** As long as a connection may well wait for an answer. */
const sliceMs = 10;

/** Takes the steps; undefined when the signal aborted before the last. */
export async function inSlices<Result>(
  steps: Steps<Result>,
  clock: Pick<Clock, "monotonic">,
  signal: AbortSignal,
): Promise<Result | undefined> {
  let sinceMs = clock.monotonic();
  while (!signal.aborted) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.monotonic() - sinceMs < sliceMs) continue;
    await turn();
    sinceMs = clock.monotonic();
  }
  return undefined;
}
