// What one worker counts: plain numbers, taken to shared memory each second (flush.ts) and merged there. Series are kept
// by name over snapshots, and at most `mostNames` of a kind: the rest share one called `other`.

/** Upper bounds of the histograms' buckets, milliseconds; one more bucket holds what is above. */
export const bucketBoundsMs: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

export interface Histogram {
  /** Observations in each bucket alone (not those below it). */
  readonly counts: number[];
  sumMs: number;
}

export interface RouteMetrics {
  readonly name: string;
  /** By first digit of the status; 0 for requests without an answer. */
  readonly statuses: number[];
  readonly duration: Histogram;
  isDirty: boolean;
}

export interface ServiceMetrics {
  readonly name: string;
  readonly duration: Histogram;
  retries: number;
  isDirty: boolean;
}

/** Series counted since the last flush. */
export const dirtyRoutes: RouteMetrics[] = [];
export const dirtyServices: ServiceMetrics[] = [];

/** Index of the bucket for each time up to 100 ms, so that most requests need no search. */
const bucketOfShort: number[] = [];
const longestShort = 100;

function bucketOf(ms: number): number {
  let bucket = 0;
  while (bucket < bucketBoundsMs.length && ms > bucketBoundsMs[bucket]!) bucket++;
  return bucket;
}

for (let ms = 0; ms <= longestShort; ms++) bucketOfShort[ms] = bucketOf(ms);

function observe(histogram: Histogram, ms: number): void {
  const bucket = ms <= longestShort ? bucketOfShort[ms]! : bucketOf(ms);
  histogram.counts[bucket]! += 1;
  histogram.sumMs += ms;
}

export function countRequest(metrics: RouteMetrics, status: number, ms: number): void {
  if (!metrics.isDirty) {
    metrics.isDirty = true;
    dirtyRoutes[dirtyRoutes.length] = metrics;
  }
  const first = Math.floor(status / 100);
  metrics.statuses[first < 6 ? first : 0]! += 1;
  observe(metrics.duration, ms);
}

export function countTarget(metrics: ServiceMetrics, ms: number): void {
  touchService(metrics);
  observe(metrics.duration, ms);
}

export function countRetry(metrics: ServiceMetrics): void {
  touchService(metrics);
  metrics.retries++;
}

function touchService(metrics: ServiceMetrics): void {
  if (metrics.isDirty) return;
  metrics.isDirty = true;
  dirtyServices[dirtyServices.length] = metrics;
}
