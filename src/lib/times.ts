// Durations that a program counts by buckets while it runs, for Prometheus.
import type { Histogram } from "./prometheus.ts";

export interface Times {
  readonly observe: (ms: number) => void;
  readonly histogram: () => Histogram;
}

/** `boundsMs` are the buckets' upper ends, ascending; what takes longer is in the count alone. */
export function openTimes(boundsMs: readonly number[]): Times {
  const counts = boundsMs.map(() => 0);
  let [sumMs, count] = [0, 0];
  return {
    observe(ms) {
      sumMs += ms;
      count++;
      const bucket = boundsMs.findIndex((bound) => ms <= bound);
      if (bucket >= 0) counts[bucket]!++;
    },
    histogram: () => ({ buckets: counts.map((one, at) => [boundsMs[at]!, one]), sumMs, count, boundsMs }),
  };
}
