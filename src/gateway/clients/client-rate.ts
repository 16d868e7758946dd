// How many requests a client address may send in a time. Each worker has a bucket of its own for each client, an eighth of
// the whole among all of them, and takes what is above that from one bucket in shared memory: most requests touch none.
import type { Buckets, Limit, Verdict } from "../gcra.ts";
import { takeToken } from "../gcra.ts";
import type { Client } from "./client-table.ts";

export interface ClientRate {
  /** The bucket of all workers. */
  readonly whole: Limit;
  /** Whether there are other workers. */
  readonly isShared: boolean;
  /** Time between two tokens of the worker's own bucket. */
  readonly ownIntervalMs: number;
  /** What a bucket holds, as the time in which it fills; the same for both. */
  readonly burstMs: number;
}

/** All workers' own buckets, and their own places, together are this part of the whole. */
export const shareOfWhole = 8;

const verdict: Verdict = { allowed: true, remaining: 0, waitMicros: 0 };

/** `workers`: how many share it. */
export function clientRate(whole: Limit, workers: number): ClientRate {
  const intervalMs = whole.intervalMicros / 1000;
  const isShared = workers > 1;
  const ownIntervalMs = isShared ? intervalMs * shareOfWhole * workers : intervalMs;
  return { whole, isShared, ownIntervalMs, burstMs: whole.burst * intervalMs };
}

/** Takes a token; the time until there is one, 0 when it was taken. */
export function waitForToken(buckets: Buckets, client: Client, rate: ClientRate, nowMs: number): number {
  const due = Math.max(client.dueMs, nowMs) + rate.ownIntervalMs;
  const waitMs = due - nowMs - rate.burstMs;
  if (waitMs <= 0) {
    client.dueMs = due;
    return 0;
  }
  if (!rate.isShared) return waitMs;
  takeToken(buckets, `clients/${rate.whole.intervalMicros}/${client.key}`, rate.whole, nowMs * 1000, verdict);
  return verdict.allowed ? 0 : verdict.waitMicros / 1000;
}
