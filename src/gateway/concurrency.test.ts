import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sharedDict } from "../../test/lua/shared-dict.ts";
import { leavePlace, newLimit, placesTaken, settleLimits, takePlace, takeSlot } from "./concurrency.ts";
import type { SharedCounts } from "./shared-counts.ts";

const key = "limit/active/app";
const everyone = () => true;

test("a bound over all workers: the last place is taken once, and free again when it is left", () => {
  const shared = sharedDict<SharedCounts>();
  const [one, two] = [newLimit(key, 2, 1), newLimit(key, 2, 2)];
  assert.deepEqual([takePlace(shared, one), takePlace(shared, two), takePlace(shared, one)], [true, true, false]);
  leavePlace(shared, two);
  assert.equal(takePlace(shared, one), true);
  assert.equal(placesTaken(shared, one), 2);
});

test("a slot is one process's; what a dead one held is given back, once, and its slot is free", () => {
  const shared = sharedDict<SharedCounts>();
  assert.deepEqual([takeSlot(shared, 100), takeSlot(shared, 200), takeSlot(shared, 300)], [1, 2, 3]);
  const limits = [1, 2, 3].map((slot) => newLimit(key, 10, slot));
  for (const limit of limits) for (let i = 0; i < 3; i++) takePlace(shared, limit);
  const isAlive = (pid: number) => pid !== 200;
  settleLimits(shared, 1, [limits[0]!], isAlive);
  settleLimits(shared, 3, [limits[2]!], isAlive);
  assert.equal(placesTaken(shared, limits[0]!), 6);
  assert.equal(takeSlot(shared, 400), 2);
  settleLimits(shared, 1, [limits[0]!], everyone);
  assert.equal(placesTaken(shared, limits[0]!), 6);
});

test("a sum that a killed worker left half changed is mended in three looks, in either direction", () => {
  for (const error of [1, -1, 2]) {
    const shared = sharedDict<SharedCounts>();
    const slot = takeSlot(shared, 100);
    const limit = newLimit(key, 10, slot);
    takePlace(shared, limit);
    shared.incr(key, error, 0);
    const looks = [1, 2, 3].map(() => {
      settleLimits(shared, slot, [limit], everyone);
      return placesTaken(shared, limit);
    });
    assert.deepEqual(looks, [1 + error, 1 + error, 1]);
  }
});

test("a difference that comes and goes, as requests come and go, mends nothing", () => {
  const shared = sharedDict<SharedCounts>();
  const slot = takeSlot(shared, 100);
  const limit = newLimit(key, 10, slot);
  for (let look = 0; look < 12; look++) {
    shared.incr(key, look % 2 === 0 ? 1 : -1, 0);
    settleLimits(shared, slot, [limit], everyone);
  }
  assert.equal(placesTaken(shared, limit), 0);
});

test("whatever workers take, leave and die of: the bound holds, and the sum is what the living hold", () => {
  type Step = { worker: number; what: "take" | "leave" | "die" };
  const step: fc.Arbitrary<Step> = fc.record({
    worker: fc.nat(2),
    what: fc.oneof(
      { weight: 5, arbitrary: fc.constant("take" as const) },
      { weight: 4, arbitrary: fc.constant("leave" as const) },
      { weight: 1, arbitrary: fc.constant("die" as const) },
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const shared = sharedDict<SharedCounts>();
      let nextPid = 1;
      const start = () => {
        const pid = nextPid++;
        const slot = takeSlot(shared, pid);
        return { pid, slot, limit: newLimit(key, 4, slot), holds: 0 };
      };
      const workers = [start(), start(), start()];
      for (const { worker, what } of steps) {
        const one = workers[worker]!;
        if (what === "take" && takePlace(shared, one.limit)) one.holds++;
        if (what === "leave" && one.holds > 0) {
          leavePlace(shared, one.limit);
          one.holds--;
        }
        if (what === "die") {
          workers[worker] = start();
          const alive = new Set(workers.map(({ pid }) => pid));
          for (const { slot, limit } of workers) settleLimits(shared, slot, [limit], (pid) => alive.has(pid));
        }
        const held = workers.reduce((sum, { holds }) => sum + holds, 0);
        assert.equal(placesTaken(shared, workers[0]!.limit), held);
        assert.ok(held <= 4);
      }
    }),
  );
});
