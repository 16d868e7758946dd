import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countsOf, names, serviceOf, targetsOf } from "../../../test/gateway/balancing.ts";
import { runBoth } from "../../../test/lua/both.ts";
import { firstTarget } from "./round-robin.ts";
import { scheduleOf } from "./schedule.ts";

const turnsOf = (...weights: number[]) => names(scheduleOf(targetsOf(...weights)));
const weightLists = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 });

test("targets of one weight have their turns in order, without a list of their own", () => {
  const targets = targetsOf(3, 3, 3);
  assert.equal(scheduleOf(targets), targets);
  assert.deepEqual(scheduleOf([]), []);
});

test("a heavier target has more turns, and they are spread", () => {
  assert.equal(turnsOf(2, 1), "t1 t0 t0");
  assert.equal(turnsOf(3, 1), "t0 t1 t0 t0");
  assert.equal(turnsOf(5, 1, 1), "t0 t1 t0 t0 t0 t2 t0");
  assert.equal(turnsOf(20, 10), turnsOf(2, 1), "weights are shortened");
});

test("over one round of the list each target is picked exactly as its weight says", () => {
  fc.assert(
    fc.property(weightLists, (weights) => {
      const service = serviceOf(targetsOf(...weights));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      if (sum > 1024) return;
      const counts = countsOf(sum, () => firstTarget(service));
      assert.deepEqual(
        weights.map((_, index) => counts[`t${index}`]),
        weights,
      );
    }),
  );
});

test("in any stretch a target's turns are its share, two more or less", () => {
  fc.assert(
    fc.property(weightLists, fc.nat(2000), fc.integer({ min: 1, max: 300 }), (weights, from, length) => {
      const service = serviceOf(targetsOf(...weights));
      countsOf(from, () => firstTarget(service));
      const counts = countsOf(length, () => firstTarget(service));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      weights.forEach((weight, index) => {
        const off = Math.abs((counts[`t${index}`] ?? 0) - (weight / sum) * length);
        assert.ok(off <= 2 + weights.length * (weight / sum), `t${index} of ${weights} is ${off} off its share`);
      });
    }),
  );
});

test("weights without a short form are right to a two-thousandth, and nobody is left out", () => {
  const weights = [997, 983, 977, 1];
  const sum = 997 + 983 + 977 + 1;
  const turns = scheduleOf(targetsOf(...weights));
  assert.equal(turns.length, 1024);
  const counts = countsOf(turns.length, (turn) => turns[turn]);
  weights.forEach((weight, index) => {
    assert.ok(Math.abs(counts[`t${index}`]! / 1024 - weight / sum) <= 1 / 1024);
  });
});

test("a thousand targets of all weights make a list that is made at once", () => {
  const weights = Array.from({ length: 1000 }, (_, index) => index + 1);
  const turns = scheduleOf(targetsOf(...weights));
  assert.ok(turns.length >= 4000 && turns.length < 6000, `${turns.length}`);
  assert.equal(new Set(turns).size, 1000);
});

test("Lua makes the same lists", async () => {
  for (const weights of [
    [5, 1, 1],
    [7, 3, 2, 2],
    [0.5, 1, 1],
    [997, 983, 1],
  ]) {
    const targets = weights.map((share, index) => ({ name: `t${index}`, share }));
    await runBoth([{ module: "gateway.balance.schedule", name: "scheduleOf", args: [targets] }]);
  }
});
