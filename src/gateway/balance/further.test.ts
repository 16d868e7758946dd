import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceOf, targetsOf } from "../../../test/gateway/balancing.ts";
import type { Service, Target } from "../world.ts";
import { furtherByCost, furtherInTurn, leftOut } from "./further.ts";

const [a, b, c] = targetsOf(1, 1, 1) as [Target, Target, Target];
const all = [a, b, c];

/** All targets, of which some take part. */
function serviceWith(pool: readonly Target[], targets: readonly Target[] = all): Service {
  return { ...serviceOf(targets), healthy: pool, pool, turns: pool };
}

test("a further try goes to a target that was not tried", () => {
  assert.equal(furtherInTurn(serviceWith(all), [a], 1), b);
  assert.equal(furtherInTurn(serviceWith(all), [a, b], 2), c);
  const older = [a, b, c];
  assert.equal(furtherInTurn(serviceWith(all), older, 1), b, "what stands behind the tries is an older request's");
});

test("with every target tried there is none", () => {
  assert.equal(furtherInTurn(serviceWith([a], [a]), [a], 1), undefined);
  assert.equal(furtherInTurn(serviceWith([a, b], [a, b]), [b, a], 2), undefined);
  assert.equal(leftOut(serviceWith([a], [a]), [a], 1), undefined);
});

test("a target that is left out is tried only when no other is left", () => {
  assert.equal(furtherInTurn(serviceWith([a, c]), [a], 1), c);
  assert.equal(furtherInTurn(serviceWith([a]), [a], 1), b);
});

test("by cost, the cheapest that was not tried", () => {
  const cost = (target: Target) => ({ t0: 1, t1: 5, t2: 2 })[target.name]!;
  assert.equal(furtherByCost(serviceWith(all), [a], 1, 0, cost), c);
  assert.equal(furtherByCost(serviceWith(all), [a, c], 2, 0, cost), b);
  assert.equal(furtherByCost(serviceWith([a]), [a], 1, 0, cost), undefined);
});
