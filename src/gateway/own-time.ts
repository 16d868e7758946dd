// How long the gateway itself takes of a request: what its phases take, without what it waits for. nginx's clock stands still
// within a phase, and a finer one costs as much as a plugin, so it is read for some requests alone (own-pace.ts).

import type { RouteMetrics } from "./metrics.ts";
import { observeOwn } from "./metrics.ts";
import { takeTurn } from "./own-pace.ts";
import type { RequestRecord } from "./record.ts";
import { nowMicros } from "./why/clock.ts";

export interface Timing {
  /** Requests that it stands for. */
  readonly weight: number;
  /** Of the part at hand; 0: none. */
  startMicros: number;
  micros: number;
}

/** The request is timed from here on. */
export function beginTiming(request: RequestRecord): void {
  request.timing = { weight: takeTurn(), startMicros: nowMicros(), micros: 0 };
}

/** The gateway has the request again. */
export function resume(timing: Timing): void {
  timing.startMicros = nowMicros();
}

/** nginx has it, or the client or a target is waited for. */
export function pause(timing: Timing): void {
  if (timing.startMicros === 0) return;
  timing.micros += nowMicros() - timing.startMicros;
  timing.startMicros = 0;
}

/** The request is over. */
export function endTiming(timing: Timing, metrics: RouteMetrics): void {
  pause(timing);
  observeOwn(metrics, Math.ceil(timing.micros), timing.weight);
}
