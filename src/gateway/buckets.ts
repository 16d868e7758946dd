// Buckets of time: each millisecond up to 100 by itself, above that two significant digits (110, 120, … 1000, 1100, …). Any
// time in a bucket is within 4.8 % of the bucket's middle, and every round number is a bucket's upper end.

/** Times above this many ms share the last bucket. */
export const longestMs = 10_000_000;
/** Buckets of ten times the time each: 90. */
const perDecade = 90;
const exact = 100;

/** Bucket of a whole number of ms, from 0. */
export function bucketOf(ms: number): number {
  if (ms <= exact) return Math.max(0, ms);
  if (ms >= longestMs) return exact + 5 * perDecade;
  let below = exact;
  let step = 10;
  let base = exact;
  while (ms > below * 10) {
    below *= 10;
    step *= 10;
    base += perDecade;
  }
  return base + Math.ceil((ms - below) / step);
}

/** Numbers of buckets from here on are of microseconds instead, as finely. */
const microBuckets = 1000;

/** Bucket of a whole number of microseconds, from 0. */
export function microBucketOf(micros: number): number {
  return microBuckets + bucketOf(micros);
}

/** The largest time in a bucket, ms. */
export function upperOf(bucket: number): number {
  if (bucket >= microBuckets) return upperOf(bucket - microBuckets) / 1000;
  if (bucket <= exact) return bucket;
  const decade = Math.floor((bucket - exact - 1) / perDecade);
  const place = bucket - exact - decade * perDecade;
  const scale = 10 ** decade;
  return exact * scale + place * 10 * scale;
}
