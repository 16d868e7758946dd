// What one worker counts: plain numbers, taken to shared memory each second (flush.ts) and merged there. Series are kept
// by name over snapshots, and at most `mostNames` of a kind: the rest share one called `other`.
import { bucketOf, microBucketOf } from "./buckets.ts";

export interface Histogram {
  /** Observations by bucket (buckets.ts), since the last flush. */
  readonly counts: Record<number, number | undefined>;
  sumMs: number;
}

export interface RouteMetrics {
  readonly name: string;
  /** By first digit of the status; 0 for requests without an answer. */
  readonly statuses: number[];
  readonly duration: Histogram;
  /** Of the gateway itself (own-time.ts), and how many requests that is known of. */
  readonly own: Histogram;
  timed: number;
  /** To clients, and from them in requests with a method that may have a body. */
  sentBytes: number;
  receivedBytes: number;
  isDirty: boolean;
}

export interface ServiceMetrics {
  readonly name: string;
  /** As clients saw them, of requests that were sent to a target. */
  readonly statuses: number[];
  /** Until a target's headers. */
  readonly duration: Histogram;
  retries: number;
  isDirty: boolean;
}

/** Series counted since the last flush. */
export const dirtyRoutes: RouteMetrics[] = [];
export const dirtyServices: ServiceMetrics[] = [];
/** Those whose gateway's own time was taken, in the order in which it first was. */
export const timedRoutes: RouteMetrics[] = [];

const longestShort = 100;

/** `ms` is a whole number. */
export function observe(histogram: Histogram, ms: number): void {
  const bucket = ms <= longestShort ? ms : bucketOf(ms);
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.sumMs += ms;
}

function countStatus(statuses: number[], status: number): void {
  const first = Math.floor(status / 100);
  statuses[first < 6 ? first : 0]! += 1;
}

export function countRequest(metrics: RouteMetrics, status: number, ms: number, sentBytes: number): void {
  if (!metrics.isDirty) {
    metrics.isDirty = true;
    dirtyRoutes[dirtyRoutes.length] = metrics;
  }
  countStatus(metrics.statuses, status);
  metrics.sentBytes += sentBytes;
  observe(metrics.duration, ms);
}

/** A request that was sent to a target; negative `ms`: no answer of it began. */
export function countTarget(metrics: ServiceMetrics, status: number, ms: number): void {
  touchService(metrics);
  countStatus(metrics.statuses, status);
  if (ms >= 0) observe(metrics.duration, ms);
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

/** `micros` is a whole number. */
export function observeOwn(metrics: RouteMetrics, micros: number, weight: number): void {
  const { own } = metrics;
  if (metrics.timed === 0) timedRoutes[timedRoutes.length] = metrics;
  const bucket = microBucketOf(micros);
  own.counts[bucket] = (own.counts[bucket] ?? 0) + weight;
  own.sumMs += (micros / 1000) * weight;
  metrics.timed++;
}
