// The faster of two targets drawn at random (power of two choices): by the decaying average of the time to their headers,
// times the requests that wait there already. A draw keeps all workers from running to the one that is fastest now.
import type { Service, Target } from "../world.ts";
import { averageNow } from "./load.ts";
import { randomBelow } from "./random.ts";

/** More than any target with an average: one that has not answered yet gets one request at a time until it has. */
const unknownCost = 1e12;

export function costOf(target: Target, nowMs: number): number {
  const { load, share } = target;
  if (load.averageMs < 0) return load.active === 0 ? 0 : unknownCost * load.active;
  // A millisecond more, since answers within the clock's tick would make any queue free.
  return ((averageNow(load, nowMs) + 1) * (load.active + 1)) / share;
}

export function fasterOfTwo(service: Service, nowMs: number): Target | undefined {
  const { pool } = service;
  const count = pool.length;
  if (count < 2) return pool[0];
  const first = randomBelow(count);
  const second = (first + 1 + randomBelow(count - 1)) % count;
  const a = pool[first]!;
  const b = pool[second]!;
  return costOf(b, nowMs) < costOf(a, nowMs) ? b : a;
}
