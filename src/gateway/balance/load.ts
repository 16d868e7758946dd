// What a worker knows of a target's load: its own requests in flight there, and how long answers take. Each worker balances
// the requests that it was given by what it sees of them itself: the kernel spreads connections over workers, a target that
// is slow is slow for all of them, and so the sum is balanced when each part is, to within one request a worker. Shared
// numbers would cost a lock on every request to win that one. They stay when a snapshot changes, for as long as the target
// does; a worker that dies takes its own with it, and nobody counts them on.
import type { Service, Target } from "../world.ts";

export interface Load {
  /** Tries of this worker that have not ended. */
  active: number;
  /** Decaying average of the time to the answer's headers; negative: no answer yet. */
  averageMs: number;
  /** Time of the last answer. */
  observedMs: number;
}

/** `failed`: an error, the target's own or for want of an answer; `abandoned`: the client went away before the headers. */
export type Outcome = "answered" | "failed" | "abandoned";

/** An answer's weight falls to a third within this. */
const memoryMs = 10_000;
/** A try that failed counts as no faster than this, so that a target which refuses quickly does not look fast. */
const failureMs = 1000;

export function newLoad(): Load {
  return { active: 0, averageMs: -1, observedMs: 0 };
}

/** A try begins. */
export function begin(service: Service, target: Target): void {
  service.inFlight.count++;
  target.load.active++;
}

/**
 * A try has ended after `ms`: the time to the headers, or until it was given up. An error never makes its target look
 * faster, and neither does a client that went away.
 */
export function end(service: Service, target: Target, ms: number, outcome: Outcome, nowMs: number): void {
  service.inFlight.count--;
  const load = target.load;
  load.active--;
  let sampleMs = ms;
  if (outcome !== "answered") sampleMs = Math.max(ms, load.averageMs);
  if (outcome === "failed") sampleMs = Math.max(sampleMs, failureMs);
  if (load.averageMs >= 0 || outcome !== "abandoned") observe(load, sampleMs, nowMs);
}

/** A try that took this long to answer. */
export function observe(load: Load, sampleMs: number, nowMs: number): void {
  if (load.averageMs < 0) load.averageMs = sampleMs;
  else {
    const kept = Math.exp(-Math.max(1, nowMs - load.observedMs) / memoryMs);
    load.averageMs = load.averageMs * kept + sampleMs * (1 - kept);
  }
  load.observedMs = nowMs;
}

/** The average now: what was slow long ago is forgotten, so that it is tried again. */
export function averageNow(load: Load, nowMs: number): number {
  return load.averageMs * Math.exp(-Math.max(0, nowMs - load.observedMs) / memoryMs);
}
