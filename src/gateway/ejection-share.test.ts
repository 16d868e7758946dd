import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { outliers } from "./ejection-share.ts";

const sum = (requests: number, failures: number) => ({ requests, failures });

test("a target that fails more than the others is one, a service that fails as a whole has none", () => {
  assert.deepEqual(outliers([sum(100, 40), sum(100, 5), sum(100, 5)], 30), [0]);
  assert.deepEqual(outliers([sum(100, 90), sum(100, 90), sum(100, 90)], 30), []);
  assert.deepEqual(outliers([sum(100, 90), sum(100, 70), sum(100, 70)], 30), []);
});

test("few requests say nothing, neither of a target nor of the others", () => {
  assert.deepEqual(outliers([sum(19, 19), sum(100, 0)], 30), []);
  assert.deepEqual(outliers([sum(100, 100), sum(19, 0)], 30), []);
  assert.deepEqual(outliers([sum(100, 100)], 30), []);
});

test("whatever the counts: never all of them, and never the one that fails least", () => {
  const target = fc.nat(500).chain((requests) => fc.nat(requests).map((failures) => sum(requests, failures)));
  fc.assert(
    fc.property(fc.array(target, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 100 }), (sums, percent) => {
      const found = outliers(sums, percent);
      assert.ok(found.length < sums.length);
      const shares = sums.map(({ requests, failures }) => (requests < 20 ? Infinity : failures / requests));
      for (const place of found) assert.ok(shares[place]! > Math.min(...shares) || shares.includes(Infinity));
    }),
  );
});
