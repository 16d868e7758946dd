// Counters of all workers in shared memory, added to once a second, read by the edge process (GET /counters).
//
//   portway_requests_total|route=orders,status_class=2     a counter
//   portway_request_duration_seconds|route=orders#3        observations in the fourth bucket; `#sum` in seconds
//   series/17                                              name of the 17th series; `series` is how many there are

import type { GatewayCounters } from "../wire/edge.ts";
import type { Histogram } from "./metrics.ts";
import { bucketBoundsMs, dirtyRoutes, dirtyServices } from "./metrics.ts";
import { pendingCounts } from "./rare-counts.ts";

const shared = ngx.shared.pw_counters;
/** Series of one installation; what comes beyond is not counted. */
const mostSeries = 20_000;

function add(key: string, by: number): void {
  if (by !== 0) shared.incr(key, by, 0);
}

/** Puts the series on the list that GET /counters goes through. */
function list(series: string): void {
  const [isNew] = shared.add(`known/${series}`, true);
  if (!isNew) return;
  const [index] = shared.incr("series", 1, 0);
  if (index !== undefined && index <= mostSeries) shared.set(`series/${index}`, series);
}

function flushHistogram(series: string, histogram: Histogram): void {
  list(`${series}#`);
  histogram.counts.forEach((count, bucket) => {
    add(`${series}#${bucket}`, count);
    histogram.counts[bucket] = 0;
  });
  add(`${series}#sum`, histogram.sumMs / 1000);
  histogram.sumMs = 0;
}

function flushCounter(series: string, by: number): void {
  if (by === 0) return;
  list(series);
  add(series, by);
}

/** Adds what this worker counted since the last time. */
export function flushMetrics(): void {
  for (const metrics of dirtyRoutes) {
    metrics.statuses.forEach((count, first) => {
      flushCounter(
        `portway_requests_total|route=${metrics.name},status_class=${first === 0 ? "none" : `${first}xx`}`,
        count,
      );
      metrics.statuses[first] = 0;
    });
    flushHistogram(`portway_request_duration_seconds|route=${metrics.name}`, metrics.duration);
    metrics.isDirty = false;
  }
  for (const metrics of dirtyServices) {
    flushHistogram(`portway_upstream_duration_seconds|service=${metrics.name}`, metrics.duration);
    flushCounter(`portway_retries_total|service=${metrics.name}`, metrics.retries);
    metrics.retries = 0;
    metrics.isDirty = false;
  }
  dirtyRoutes.length = 0;
  dirtyServices.length = 0;
  for (const series in pendingCounts) {
    flushCounter(series, pendingCounts[series]!);
    delete pendingCounts[series];
  }
}

function number(key: string): number {
  const [value] = shared.get(key);
  return (value as number | undefined) ?? 0;
}

/** Everything counted by all workers; buckets are upper bounds in seconds, the last one's is left out (infinite). */
export function readCounters(): GatewayCounters {
  const counters: Record<string, number> = {};
  const histograms: Record<string, GatewayCounters["histograms"][string]> = {};
  const buckets = bucketBoundsMs.map((ms) => ms / 1000);
  const last = Math.min(number("series"), mostSeries);
  for (let index = 1; index <= last; index++) {
    const [name] = shared.get(`series/${index}`);
    if (name === undefined) continue;
    const series = name as string;
    if (!series.endsWith("#")) {
      counters[series] = number(series);
      continue;
    }
    const counts = [...buckets, 0].map((_, bucket) => number(`${series}${bucket}`));
    histograms[series.substring(0, series.length - 1)] = {
      buckets,
      counts,
      sum: number(`${series}sum`),
      count: counts.reduce((sum, count) => sum + count, 0),
    };
  }
  return { counters, histograms };
}
