// Consistent hashing with bounded load. Each key has an order of all targets (rendezvous hashing: the target with the highest
// score for the key is first), so that one which comes or goes moves its own keys alone. The first of that order that is not
// too busy takes the request: none has more than the bound times its share of the requests in flight (Mirrokni, Thorup and
// Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2018), so that a key that everybody asks for buries no target.
import type { Service, Target } from "../world.ts";
import { isTried } from "./further.ts";

/** Keys fall into this many slots; a slot's first target is found once for each pool. */
const slots = 16_384;
/** With fewer in flight than this in a worker a target is not busy, whatever the others have. */
const leastBound = 8;
const prime = 2 ** 31 - 1;

/** Where keys go, for one pool. */
export interface HashTable {
  /** Most requests in flight of a target, in times of its share. */
  readonly bound: number;
  pool: readonly Target[];
  weight: number;
  firstOfSlot: (Target | undefined)[];
}

/** Two numbers below 2^31 as one that looks drawn at random. */
export function mixed(a: number, b: number): number {
  let hash = ((a ^ b) * 48_271) % prime;
  hash = ((hash ^ (hash >> 15)) * 40_692) % prime;
  hash = ((hash ^ (hash >> 13)) * 69_621) % prime;
  return hash;
}

/** A text of few bytes as a number below 2^31: names of targets, when a service is made. */
export function textHash(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = mixed(hash, text.charCodeAt(i) + 1);
  return hash;
}

export function newHashTable(boundPercent: number): HashTable {
  return { bound: boundPercent / 100, pool: [], weight: 0, firstOfSlot: [] };
}

/** The target for a key, given as a whole number below 2^32. */
export function hashedTarget(service: Service, table: HashTable, key: number): Target | undefined {
  if (service.pool.length === 0) return undefined;
  if (table.pool !== service.pool) startTable(table, service.pool);
  const slot = key % slots;
  let first = table.firstOfSlot[slot];
  if (first === undefined) {
    first = bestOf(service.pool, slot, Number.POSITIVE_INFINITY)!;
    table.firstOfSlot[slot] = first;
  }
  return isBusy(service, table, first) ? nextOf(service, table, slot, first) : first;
}

/** Where a key goes that its target failed: the next of its order that was not tried, busy or not. */
export function hashedFurther(
  service: Service,
  key: number,
  tried: readonly Target[],
  tries: number,
): Target | undefined {
  const slot = key % slots;
  let score = Number.POSITIVE_INFINITY;
  for (const _ of service.pool) {
    const target = bestOf(service.pool, slot, score)!;
    if (!isTried(target, tried, tries)) return target;
    score = scoreOf(target, slot);
  }
  return undefined;
}

function startTable(table: HashTable, pool: readonly Target[]): void {
  table.pool = pool;
  table.firstOfSlot = [];
  table.weight = 0;
  for (const target of pool) table.weight += target.weight;
}

function isBusy(service: Service, table: HashTable, target: Target): boolean {
  const active = target.load.active;
  if (active < leastBound) return false;
  return active >= Math.ceil((table.bound * (service.inFlight.count + 1) * target.weight) / table.weight);
}

/** The bounds add up to more than all requests in flight, so that one target has room. */
function nextOf(service: Service, table: HashTable, slot: number, first: Target): Target {
  let score = scoreOf(first, slot);
  for (let i = 1; i < service.pool.length; i++) {
    const target = bestOf(service.pool, slot, score)!;
    if (!isBusy(service, table, target)) return target;
    score = scoreOf(target, slot);
  }
  return first;
}

/** The target with the highest score below `below`. */
function bestOf(pool: readonly Target[], slot: number, below: number): Target | undefined {
  let best: Target | undefined;
  let highest = 0;
  for (const target of pool) {
    const score = scoreOf(target, slot);
    if (score < below && score > highest) {
      highest = score;
      best = target;
    }
  }
  return best;
}

/** Weighted rendezvous hashing: the share of slots where a target's score is the highest is its share of the weights. */
function scoreOf(target: Target, slot: number): number {
  return target.weight / -Math.log((mixed(target.seed, slot + 1) + 0.5) / (prime + 1));
}
