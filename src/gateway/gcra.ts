// A token bucket as one number a bucket (GCRA): the time at which it will be full again, moved by `incr` alone, because
// workers share it and a get followed by a set would lose counts.
//
// Over w workers a bucket may be wrong by at most w - 1 tokens, in favour of the client where several found it full at
// one moment, and against it while others undo tokens that they had taken in vain; the refill rate never changes.

/** The part of a shared dictionary that buckets need. */
export interface Buckets {
  incr(
    key: string,
    by: number,
    init: number,
    initTtlSeconds: number,
  ): LuaMultiReturn<[value: number | undefined, error?: string]>;
  expire(key: string, seconds: number): boolean;
}

export interface Limit {
  readonly intervalMicros: number;
  readonly burst: number;
}

/** What is left of a bucket after a request. */
export interface Verdict {
  allowed: boolean;
  /** Whole tokens left. */
  remaining: number;
  /** Until the next token when refused; until the bucket is full again otherwise. */
  waitMicros: number;
}

/** An idle bucket's entry lives this much longer than it matters; it is renewed as often. */
const leastLifeMicros = 4_000_000;

/** The bucket had been full for a while, so its time lies behind: moves it up, and back again where others did so too. */
function catchUp(buckets: Buckets, key: string, full: number, target: number): number {
  const behind = target - full;
  const [lifted] = buckets.incr(key, behind, target, leastLifeMicros / 1e6);
  if (lifted === undefined || lifted <= target) return target;
  const excess = lifted - target;
  buckets.incr(key, -Math.min(excess, behind), target, leastLifeMicros / 1e6);
  return target;
}

/** Takes one token at `nowMicros`. A dictionary that fails (no memory) lets the request pass. */
export function takeToken(buckets: Buckets, key: string, limit: Limit, nowMicros: number, verdict: Verdict): void {
  const interval = limit.intervalMicros;
  const capacity = limit.burst * interval;
  const life = Math.max(capacity, leastLifeMicros);
  const [moved] = buckets.incr(key, interval, nowMicros, (2 * life) / 1e6);
  if (moved === undefined) {
    verdict.allowed = true;
    verdict.remaining = limit.burst;
    verdict.waitMicros = 0;
    return;
  }
  const before = moved - interval;
  let full = moved;
  if (full < nowMicros + interval) full = catchUp(buckets, key, full, nowMicros + interval);
  const debt = full - nowMicros;
  if (debt > capacity) {
    buckets.incr(key, -interval, nowMicros, life / 1e6);
    verdict.allowed = false;
    verdict.remaining = 0;
    verdict.waitMicros = debt - capacity;
    return;
  }
  if (Math.floor(full / life) !== Math.floor(before / life)) buckets.expire(key, (debt + 2 * life) / 1e6);
  verdict.allowed = true;
  verdict.remaining = Math.floor((capacity - debt) / interval);
  verdict.waitMicros = debt;
}
