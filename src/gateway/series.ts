// Counts of all workers in shared memory, and which of them have changed, so that who reads them reads no more than that.
//
//   portway_requests_total|route=orders,status_class=2     a counter
//   portway_request_duration_seconds|route=orders#         a histogram: how many buckets of it were ever counted in
//   …#/3, …#b17, …#sum                                      its third such bucket; observations in bucket 17; their sum in ms
//   series, series/17, known/NAME                          how many series there are; the 17th's name; a name's number
//   changes, changed/17                                    changes so far; the one at which the 17th changed last

import { upperOf } from "./buckets.ts";
import type { Histogram } from "./metrics.ts";
import type { SharedCounts } from "./shared-counts.ts";
import type { Work } from "./snapshot/slices.ts";

/** Series of one installation; what comes beyond is not counted. */
export const mostSeries = 20_000;

export interface Series {
  readonly shared: SharedCounts;
  /** Numbers of the names that this worker has counted in. */
  readonly numbers: Record<string, number | undefined>;
}

export function newSeries(shared: SharedCounts): Series {
  return { shared, numbers: {} };
}

function numberOf({ shared, numbers }: Series, name: string): number {
  const own = numbers[name];
  if (own !== undefined) return own;
  const key = `known/${name}`;
  let [known] = shared.get(key);
  if (known === undefined) {
    const [last] = shared.get("series");
    if (((last as number | undefined) ?? 0) >= mostSeries) return 0;
    const [number] = shared.incr("series", 1, 0);
    const [isNew] = shared.add(key, number ?? 0);
    if (isNew) shared.set(`series/${number ?? 0}`, name);
    [known] = shared.get(key); // another worker's, when it was quicker: this number then stays without a name
  }
  numbers[name] = known as number;
  return known as number;
}

function noteChange({ shared }: Series, number: number): void {
  const [change] = shared.incr("changes", 1, 0);
  shared.set(`changed/${number}`, change ?? 0);
}

/** Adds to a counter. */
export function addCount(series: Series, name: string, by: number): void {
  if (by === 0) return;
  const number = numberOf(series, name);
  if (number === 0) return;
  series.shared.incr(name, by, 0);
  noteChange(series, number);
}

/** Adds what a histogram holds, which is empty then. */
export function addHistogram(series: Series, name: string, histogram: Histogram, work: Work): void {
  const key = `${name}#`;
  const number = numberOf(series, key);
  const { counts } = histogram;
  let buckets = 0;
  for (const bucket in counts) {
    const count = counts[bucket]!;
    if (count === 0) continue;
    counts[bucket] = 0;
    buckets++;
    if (number !== 0) addToBucket(series.shared, key, bucket, count);
  }
  if (number === 0) return;
  series.shared.incr(`${key}sum`, histogram.sumMs, 0);
  histogram.sumMs = 0;
  noteChange(series, number);
  work(5 + 3 * buckets);
}

function addToBucket(shared: SharedCounts, key: string, bucket: number | string, count: number): void {
  const [value] = shared.incr(`${key}b${bucket}`, count);
  if (value !== undefined) return;
  const [isNew] = shared.add(`${key}b${bucket}`, count);
  if (!isNew) {
    shared.incr(`${key}b${bucket}`, count, 0); // another worker was quicker
    return;
  }
  const [place] = shared.incr(key, 1, 0);
  shared.set(`${key}/${place ?? 0}`, bucket);
}

/** Changes so far. */
export function changesOf(shared: SharedCounts): number {
  const [changes] = shared.get("changes");
  return (changes as number | undefined) ?? 0;
}

/** Cost of looking at a series, and of telling it, in units of `work`. */
const unchangedUnits = 1;
const changedUnits = 8;

/** What GET /counters tells of one series: `["NAME",12]`, or `["NAME",SUM_MS,[UPPER_MS,COUNT,…]]` of a histogram. */
export type Told = (this: void, line: string) => void;

/** Tells each series that has changed after the change `since`. */
export function tellChanged(shared: SharedCounts, since: number, tell: Told, work: Work): void {
  const [series] = shared.get("series");
  const last = Math.min((series as number | undefined) ?? 0, mostSeries);
  for (let number = 1; number <= last; number++) {
    work(unchangedUnits);
    const [changed] = shared.get(`changed/${number}`);
    if (changed === undefined || (changed as number) <= since) continue;
    const [name] = shared.get(`series/${number}`);
    if (name === undefined) continue;
    work(changedUnits);
    tell(
      (name as string).endsWith("#")
        ? histogramLine(shared, name as string, work)
        : counterLine(shared, name as string),
    );
  }
}

function quoted(name: string): string {
  if (!name.includes("\\") && !name.includes('"')) return `"${name}"`;
  return `"${name.split("\\").join("\\\\").split('"').join('\\"')}"`;
}

function numberAt(shared: SharedCounts, key: string): number {
  const [value] = shared.get(key);
  return (value as number | undefined) ?? 0;
}

function counterLine(shared: SharedCounts, name: string): string {
  return `[${quoted(name)},${numberAt(shared, name)}]`;
}

function histogramLine(shared: SharedCounts, key: string, work: Work): string {
  const places = numberAt(shared, key);
  const pairs: string[] = [];
  for (let place = 1; place <= places; place++) {
    const [bucket] = shared.get(`${key}/${place}`);
    if (bucket === undefined) continue; // it is being made
    pairs.push(`${upperOf(Number(bucket))},${numberAt(shared, `${key}b${bucket}`)}`);
  }
  work(2 * places);
  return `[${quoted(key)},${numberAt(shared, `${key}sum`)},[${pairs.join(",")}]]`;
}
