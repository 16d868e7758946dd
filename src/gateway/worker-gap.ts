// How long a worker's event loop was held: how much later than it should a tick came.
import type { Histogram } from "./metrics.ts";
import { observe } from "./metrics.ts";

/** Gaps since the last flush, ms. */
export const gaps: Histogram = { counts: {}, sumMs: 0 };

const last = { micros: 0 };

/** At the start of each tick; `tickMs` after the last one, when nothing held the loop. */
export function noteTick(nowMicros: number, tickMs: number): void {
  const lateMs = (nowMicros - last.micros) / 1000 - tickMs;
  if (last.micros !== 0) observe(gaps, Math.max(0, Math.ceil(lateMs - 1)));
  last.micros = nowMicros;
}
