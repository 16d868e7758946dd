import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { TimeHistogram } from "../wire/edge-state.ts";
import { lastMinute, middleOf, quantileOf, since } from "./quantiles.ts";

/** Ends of the gateway's buckets, as its own test has them: 0…100, then two significant digits. */
const ends = Array.from({ length: 101 }, (_, ms) => ms);
for (let scale = 10; scale <= 100_000; scale *= 10) for (let n = 11; n <= 100; n++) ends.push(n * scale);

function histogramOf(times: readonly number[]): TimeHistogram {
  const counts = new Map<number, number>();
  for (const ms of times) {
    const upper = ends.find((end) => end >= ms)!;
    counts.set(upper, (counts.get(upper) ?? 0) + 1);
  }
  return {
    buckets: [...counts].sort(([a], [b]) => a - b),
    sumMs: times.reduce((a, b) => a + b, 0),
    count: times.length,
  };
}

describe("quantiles", () => {
  test("of any times are right to 5 %: those up to 100 ms are exact", () => {
    const time = fc.oneof(fc.nat(100), fc.nat(2_000), fc.nat(1_000_000));
    const share = fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1);
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), share, (times, quantile) => {
        const sorted = times.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(quantile * times.length)) - 1]!;
        const told = quantileOf(histogramOf(times), quantile)!;
        if (exact <= 100) assert.equal(told, exact);
        else assert.ok(Math.abs(told - exact) <= 0.05 * exact, `${told} for ${exact}`);
      }),
      { numRuns: 500 },
    );
  });

  test("stand in the middle of every bucket: no time of it is further away than 4.8 %", () => {
    for (let i = 102; i < ends.length; i++) {
      const [lower, upper] = [ends[i - 1]!, ends[i]!];
      const middle = middleOf(upper);
      assert.ok(middle - lower <= 0.048 * lower && upper - middle <= 0.048 * upper, `${lower} to ${upper}: ${middle}`);
    }
  });

  test("of microseconds are as right: those up to 0.1 ms are exact", () => {
    const time = fc.oneof(fc.nat(100), fc.nat(2_000), fc.nat(1_000_000));
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 100 }), fc.constantFrom(0.5, 0.99), (micros, quantile) => {
        const { buckets, count } = histogramOf(micros);
        const own = { buckets: buckets.map(([upper, n]) => [upper / 1000, n] as const), sumMs: 0, count, exactMs: 0.1 };
        const exact = quantileOf(histogramOf(micros), quantile)! / 1000;
        assert.ok(Math.abs(quantileOf(own, quantile)! - exact) <= 1e-9 * exact);
      }),
    );
  });

  test("of nothing are not known", () => {
    assert.equal(quantileOf(histogramOf([]), 0.5), undefined);
  });
});

describe("the last minute", () => {
  const name = "portway_request_duration_seconds|route=a";

  test("forgets what came before it, and begins anew when nginx does", () => {
    const window = lastMinute();
    const slow = Array.from({ length: 100 }, () => 900);
    const all = [...slow];
    window.add({ [name]: histogramOf(all) }, 0);
    assert.equal(quantileOf(window.recent()[name]!, 0.5), undefined); // what was before this process has no time
    for (let second = 1; second <= 120; second++) {
      all.push(second <= 30 ? 500 : 7);
      window.add({ [name]: histogramOf(all) }, second * 1000);
    }
    const recent = window.recent()[name]!;
    assert.ok(recent.count >= 60 && recent.count <= 66, `${recent.count}`);
    assert.equal(quantileOf(recent, 1), 7);
    window.add({ [name]: histogramOf([3]) }, 121_000);
    assert.equal(quantileOf(window.recent()[name]!, 1), 3);
  });

  test("has nothing of a series that stood still", () => {
    const histogram = histogramOf([1, 2]);
    assert.deepEqual(since(histogram, histogram), { buckets: [], sumMs: 0, count: 0 });
  });
});
