// How many requests a service has now, exact over all workers, also after one was killed. One number holds the sum, and
// each worker keeps beside it, in a slot of its own, what of the sum is its own:
//
//   limit/active/orders     7     the sum: raised first and lowered last
//   limit/active/orders/2   3     of these, the worker in slot 2 has three
//   slot/2                  8127  its process
//
// A bound is never passed. A request that comes within the microsecond in which another is refused may be refused too.
import type { SharedCounts } from "./shared-counts.ts";

export interface Limit {
  readonly key: string;
  readonly most: number;
  /** This worker's part. */
  ownKey: string;
  /** What the sum was above (below, negative) its parts, at the least, in the last `runs` looks. */
  drift: number;
  runs: number;
}

/** Slots are taken from the first on: reloads whose workers linger, times workers. */
const mostSlots = 1024;
/** A sum that differs from its parts in so many looks in a row is wrong: it differs for microseconds otherwise. */
const looksToMend = 3;
/** One worker looks after a slot, and another in its place when it dies over that. */
const claimSeconds = 1;

export function newLimit(key: string, most: number, slot: number): Limit {
  return { key, most, ownKey: `${key}/${slot}`, drift: 0, runs: 0 };
}

/** Takes one place; false: there is none. */
export function takePlace(shared: SharedCounts, limit: Limit): boolean {
  const [sum] = shared.incr(limit.key, 1, 0);
  if (sum !== undefined && sum > limit.most) {
    shared.incr(limit.key, -1, 0);
    return false;
  }
  shared.incr(limit.ownKey, 1, 0);
  return true;
}

export function leavePlace(shared: SharedCounts, limit: Limit): void {
  shared.incr(limit.ownKey, -1, 0);
  shared.incr(limit.key, -1, 0);
}

/** Places taken now. */
export function placesTaken(shared: SharedCounts, limit: Limit): number {
  return numberAt(shared, limit.key);
}

/** The first slot that is free is this process's from now on. */
export function takeSlot(shared: SharedCounts, pid: number): number {
  for (let slot = 1; slot < mostSlots; slot++) {
    const [isFree] = shared.add(`slot/${slot}`, pid);
    if (!isFree) continue;
    raiseSlots(shared, slot);
    return slot;
  }
  return mostSlots;
}

/** How many slots have to be looked at; said again at each look, since two workers may have said it at once. */
function raiseSlots(shared: SharedCounts, slot: number): void {
  if (numberAt(shared, "slots") < slot) shared.set("slots", slot);
}

/** Gives back what processes held that are dead, and mends sums that one left half changed when it was killed. */
export function settleLimits(
  shared: SharedCounts,
  ownSlot: number,
  limits: readonly Limit[],
  isAlive: (this: void, pid: number) => boolean,
): void {
  raiseSlots(shared, ownSlot);
  const last = numberAt(shared, "slots");
  const taken: number[] = [];
  for (let slot = 1; slot <= last; slot++) {
    const [pid] = shared.get(`slot/${slot}`);
    if (pid === undefined) continue;
    if (isAlive(pid as number)) taken.push(slot);
    else emptySlot(shared, slot, pid as number, limits);
  }
  if (taken[0] === ownSlot) for (const limit of limits) mend(shared, limit, taken);
}

function emptySlot(shared: SharedCounts, slot: number, pid: number, limits: readonly Limit[]): void {
  const [isOurs] = shared.add(`emptying/${slot}`, true, claimSeconds);
  if (!isOurs) return;
  if (numberAt(shared, `slot/${slot}`) === pid) {
    giveBack(shared, slot, limits);
    shared.delete(`slot/${slot}`);
  }
  shared.delete(`emptying/${slot}`);
}

function giveBack(shared: SharedCounts, slot: number, limits: readonly Limit[]): void {
  for (const limit of limits) {
    const held = numberAt(shared, `${limit.key}/${slot}`);
    if (held !== 0) shared.incr(limit.key, -held, 0);
    shared.delete(`${limit.key}/${slot}`);
  }
}

/** A request on its way into or out of a sum makes it differ from its parts by one, for less than two looks are apart. */
function mend(shared: SharedCounts, limit: Limit, slots: readonly number[]): void {
  let difference = numberAt(shared, limit.key);
  for (const slot of slots) difference -= numberAt(shared, `${limit.key}/${slot}`);
  const isSameWay = difference * limit.drift > 0;
  if (difference === 0 || !isSameWay) {
    limit.drift = difference;
    limit.runs = difference === 0 ? 0 : 1;
    return;
  }
  if (Math.abs(difference) < Math.abs(limit.drift)) limit.drift = difference;
  limit.runs++;
  if (limit.runs < looksToMend) return;
  shared.incr(limit.key, -limit.drift, 0);
  limit.drift = 0;
  limit.runs = 0;
}

function numberAt(shared: SharedCounts, key: string): number {
  const [value] = shared.get(key);
  return (value as number | undefined) ?? 0;
}
