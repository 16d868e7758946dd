import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { InTurn } from "../routing/place.ts";
import { nextShare, sharesOf } from "./shares.ts";

const inTurn: InTurn = (items, run) => (subject) => {
  for (const item of items) {
    const status = run(subject, item);
    if (status !== 0) return status;
  }
  return 0;
};

const weights = fc
  .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 32 })
  .filter((all) => all.some((weight) => weight > 0));
const start = fc.double({ min: 0, max: 0.999_999, noNaN: true });

/** How many of `requests` each share gets; only one in `every` counts. */
function counted(weights: readonly number[], start: number, requests: number, every = 1): number[] {
  const shares = sharesOf(weights, start, inTurn);
  const counts = weights.map(() => 0);
  for (let i = 0; i < requests * every; i++) {
    const place = nextShare(shares);
    if (i % every === 0) counts[place - 1]! += 1;
  }
  return counts;
}

function assertWithin(counts: readonly number[], weights: readonly number[], percent: number): void {
  const requests = counts.reduce((sum, one) => sum + one);
  const total = weights.reduce((sum, one) => sum + one);
  counts.forEach((count, index) => {
    const off = Math.abs(count / requests - weights[index]! / total) * 100;
    assert.ok(off <= percent, `${count} of ${requests} for ${weights[index]} of ${total}: ${off} points off`);
  });
}

test("of 10,000 requests each share gets its part, to a tenth of the one percent that is promised", () => {
  fc.assert(
    fc.property(weights, start, (all, from) => assertWithin(counted(all, from, 10_000), all, 0.1)),
    { numRuns: 100 },
  );
});

test("so it does of requests that come in a rhythm with others that go elsewhere", () => {
  for (const every of [2, 3, 5, 10, 100]) assertWithin(counted([1, 1], 0.3, 10_000, every), [1, 1], 1);
});

test("a weight of 0 gets nothing", () => {
  fc.assert(
    fc.property(weights, start, (all, from) => {
      const counts = counted(all, from, 500);
      assert.ok(counts.every((count, index) => all[index]! > 0 || count === 0));
    }),
    { numRuns: 100 },
  );
});

test("of the points of the whole few move when weights change, and none between shares that keep theirs", () => {
  const [before, after] = [sharesOf([95, 5], 0, inTurn), sharesOf([180, 20], 0, inTurn)];
  const moved = Array.from({ length: 1000 }, (_, i) => [before.find(i / 1000), after.find(i / 1000)]).filter(
    ([a, b]) => a !== b,
  );
  assert.equal(moved.length, 50);
  assert.ok(moved.every(([a, b]) => a === 1 && b === 2));
});
