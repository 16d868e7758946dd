// How many requests there were of late, and how many failed, over all workers. A worker counts for itself and hands over
// each tick; shared memory has one number a slice of time, which holds both counts, so that they change as one:
//
//   tally/orders/1723   failures * 2^26 + requests of the 1,723rd slice

import type { SharedCounts } from "./shared-counts.ts";

export interface Tally {
  readonly service: string;
  readonly key: string;
  readonly sliceMs: number;
  requests: number;
  failures: number;
  /** It waits for the next tick. */
  isWaiting: boolean;
}

/** A window is this many slices, the one that has begun among them. */
const slices = 10;
const failureUnit = 2 ** 26;

/** Tallies with counts that were not handed over yet. */
const waiting: Tally[] = [];

/** `key` is the tally's alone. */
export function newTally(service: string, key: string, windowMs: number): Tally {
  return {
    service,
    key: `tally/${service}/${key}`,
    sliceMs: windowMs / slices,
    requests: 0,
    failures: 0,
    isWaiting: false,
  };
}

export function countInto(tally: Tally, isFailure: boolean): void {
  tally.requests++;
  if (isFailure) tally.failures++;
  if (tally.isWaiting) return;
  tally.isWaiting = true;
  waiting[waiting.length] = tally;
}

/** Hands over what was counted; returns the services that had failures. */
export function handOver(shared: SharedCounts, nowMs: number): string[] {
  const services: string[] = [];
  for (const tally of waiting) {
    const { requests, failures, sliceMs } = tally;
    tally.requests = 0;
    tally.failures = 0;
    tally.isWaiting = false;
    const slice = Math.floor(nowMs / sliceMs);
    shared.incr(`${tally.key}/${slice}`, failures * failureUnit + requests, 0, ((slices + 1) * sliceMs) / 1000);
    if (failures > 0 && !services.includes(tally.service)) services.push(tally.service);
  }
  waiting.length = 0;
  return services;
}

/** Counts over a window. */
export interface Sum {
  requests: number;
  failures: number;
}

/** Both counts of the window that ends now. */
export function sumInto(sum: Sum, shared: SharedCounts, tally: Tally, nowMs: number): void {
  const last = Math.floor(nowMs / tally.sliceMs);
  sum.requests = 0;
  sum.failures = 0;
  for (let slice = last - slices + 1; slice <= last; slice++) {
    const [both] = shared.get(`${tally.key}/${slice}`);
    if (both === undefined) continue;
    const failures = Math.floor((both as number) / failureUnit);
    sum.failures += failures;
    sum.requests += (both as number) - failures * failureUnit;
  }
}
