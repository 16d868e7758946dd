// Quantiles of times, from the gateway's buckets: a time up to 100 ms is exact to the millisecond of nginx's clock, a longer
// one within 4.8 %.
import type { TimeHistogram } from "../wire/edge-state.ts";

const usualExactMs = 100;

/** The time that stands for all in a bucket: no time in it is further from it, as a share, than both of its ends. */
export function middleOf(upperMs: number, exactMs = usualExactMs): number {
  if (upperMs <= exactMs) return upperMs;
  const lowerMs = upperMs - 10 ** (Math.ceil(Math.log10(upperMs) - 1e-12) - 2);
  return (2 * lowerMs * upperMs) / (lowerMs + upperMs);
}

/** The time that a share `quantile` of the observations does not exceed; undefined without any. */
export function quantileOf({ buckets, count, exactMs }: TimeHistogram, quantile: number): number | undefined {
  if (count === 0) return undefined;
  const rank = Math.max(1, Math.ceil(quantile * count));
  let below = 0;
  for (const [upperMs, inBucket] of buckets) {
    below += inBucket;
    if (below >= rank) return middleOf(upperMs, exactMs);
  }
  return undefined;
}

/** What came between two readings of one histogram; all of the later one, when the counts began anew. */
export function since(before: TimeHistogram | undefined, now: TimeHistogram): TimeHistogram {
  if (before === undefined || before.count > now.count) return now;
  if (before === now) return { buckets: [], sumMs: 0, count: 0 };
  const had = new Map(before.buckets);
  const buckets = now.buckets.map(([upperMs, count]) => [upperMs, count - (had.get(upperMs) ?? 0)] as const);
  return { ...now, buckets, sumMs: now.sumMs - before.sumMs, count: now.count - before.count };
}

export interface Window {
  /** A reading of all histograms, by name, in the order of time. */
  readonly add: (histograms: Readonly<Record<string, TimeHistogram>>, monotonicMs: number) => void;
  /** What was observed in the last minute, or since the first reading. */
  readonly recent: () => Readonly<Record<string, TimeHistogram>>;
}

const windowMs = 60_000;
const stepMs = 5_000;

/** Keeps readings five seconds apart, of which most histograms are the same objects. */
export function lastMinute(): Window {
  let kept: { readonly atMs: number; readonly histograms: Readonly<Record<string, TimeHistogram>> }[] = [];
  let now: Readonly<Record<string, TimeHistogram>> = {};
  return {
    add(histograms, atMs) {
      now = histograms;
      const last = kept.at(-1);
      if (last !== undefined && atMs - last.atMs < stepMs) return;
      // The last reading from before the window is where it begins.
      const begin = kept.findLastIndex((reading) => atMs - reading.atMs >= windowMs);
      kept = [...kept.slice(Math.max(0, begin)), { atMs, histograms }];
    },
    recent() {
      const first = kept[0]?.histograms ?? {};
      return Object.fromEntries(Object.entries(now).map(([name, histogram]) => [name, since(first[name], histogram)]));
    },
  };
}
