// Which requests have the gateway's own time taken: about so many a second in each worker, whatever the traffic, each with the
// same chance as all others then; and each counts for as many as that chance is small.
import { randomBelow } from "./balance/random.ts";

/** A worker with fewer requests has all of them timed. */
export const wantedASecond = 100;

/** `left`: requests until the next that is timed, that one included. */
export const pace = { left: 1, gap: 1, timed: 0, requests: 0 };

/** The request at hand is timed; gives how many it counts for. */
export function takeTurn(): number {
  const weight = pace.gap;
  pace.timed++;
  pace.requests += weight;
  if (pace.timed % wantedASecond === 0) pace.gap *= 2; // traffic that has come at once
  drawNext();
  return weight;
}

/** Once a second: a gap for as much traffic as in the one before. */
export function followTraffic(): void {
  pace.gap = Math.max(1, Math.ceil(pace.requests / wantedASecond));
  pace.timed = 0;
  pace.requests = 0;
  if (pace.left >= 2 * pace.gap) drawNext();
}

/** From 1 to twice the gap, so that no rhythm of the requests is that of the sample. */
function drawNext(): void {
  pace.left = 1 + randomBelow(2 * pace.gap - 1);
}
