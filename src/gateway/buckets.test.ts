import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../test/lua/both.ts";
import { bucketOf, longestMs, microBucketOf, upperOf } from "./buckets.ts";

const lastBucket = bucketOf(longestMs);

test("each time is in the first bucket whose end is not before it", () => {
  const time = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 20_000 }), fc.nat(2 * longestMs));
  fc.assert(
    fc.property(time, (ms) => {
      const bucket = bucketOf(ms);
      assert.ok(Number.isInteger(bucket) && bucket >= 0 && bucket <= lastBucket);
      if (ms <= longestMs) assert.ok(ms <= upperOf(bucket));
      if (bucket > 0) assert.ok(ms > upperOf(bucket - 1));
    }),
    { numRuns: 2000 },
  );
});

test("ends ascend, and every round number is one", () => {
  const ends = Array.from({ length: lastBucket + 1 }, (_, bucket) => upperOf(bucket));
  assert.deepEqual(
    ends,
    ends.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(ends).size, ends.length);
  for (const round of [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000, longestMs]) {
    assert.ok(ends.includes(round), `${round}`);
  }
});

test("microseconds have buckets of their own, as fine, that end in ms", () => {
  const micros = fc.oneof(fc.nat(200), fc.nat(20_000), fc.nat(longestMs));
  fc.assert(
    fc.property(micros, (time) => {
      const bucket = microBucketOf(time);
      assert.ok(bucket > lastBucket);
      assert.equal(upperOf(bucket), upperOf(bucketOf(time)) / 1000);
    }),
  );
});

test("LuaJIT has the same buckets", async () => {
  const times = [
    0, 1, 99, 100, 101, 110, 111, 999, 1000, 1001, 9_999, 10_001, 99_999, 123_456, 1_000_001, 9e6, 1e7, 1e9,
  ];
  await runBoth([
    ...times.map((ms) => ({ module: "gateway.buckets", name: "bucketOf", args: [ms] })),
    ...times.map((micros) => ({ module: "gateway.buckets", name: "microBucketOf", args: [micros] })),
    ...times.map((micros) => ({ module: "gateway.buckets", name: "upperOf", args: [microBucketOf(micros)] })),
    ...Array.from({ length: lastBucket + 1 }, (_, bucket) => ({
      module: "gateway.buckets",
      name: "upperOf",
      args: [bucket],
    })),
  ]);
});
