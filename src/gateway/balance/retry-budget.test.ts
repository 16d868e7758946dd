import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newBudget, takeRetry, turnWindow } from "./retry-budget.ts";

test("a service that fails every request gets a fifth more, not twice as many", () => {
  const budget = newBudget();
  let retries = 0;
  for (let request = 1; request <= 1000; request++) {
    budget.requests++;
    if (takeRetry(budget, 0.2, 10)) retries++;
  }
  assert.equal(retries, 200);
});

test("in no two windows are there more retries than the share of requests, or the least number", () => {
  const windows = fc.array(fc.record({ requests: fc.nat(500), wanted: fc.nat(500) }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(windows, fc.integer({ min: 0, max: 100 }), fc.nat(20), (all, percent, least) => {
      const budget = newBudget();
      let before = { requests: 0, retries: 0 };
      for (const { requests, wanted } of all) {
        let retries = 0;
        for (let i = 0; i < Math.max(requests, wanted); i++) {
          if (i < requests) budget.requests++;
          if (i < wanted && takeRetry(budget, percent / 100, least)) retries++;
        }
        const allowed = Math.max(least, ((requests + before.requests) * percent) / 100);
        assert.ok(retries + before.retries <= Math.max(allowed, before.retries) + 1e-9);
        before = { requests, retries };
        turnWindow(budget);
      }
    }),
  );
});

test("a service with little traffic has a few retries all the same", () => {
  const budget = newBudget();
  budget.requests = 1;
  assert.equal(takeRetry(budget, 0.2, 1), true);
  assert.equal(takeRetry(budget, 0.2, 1), false);
  turnWindow(budget);
  assert.equal(takeRetry(budget, 0.2, 1), false, "the window before counts too");
  turnWindow(budget);
  assert.equal(takeRetry(budget, 0.2, 1), true);
});

test("a share of nothing and no least number: no retries", () => {
  const budget = newBudget();
  budget.requests = 1000;
  assert.equal(takeRetry(budget, 0, 0), false);
});

test("when a target of a busy service dies, what was in flight there is tried again at once", () => {
  const budget = newBudget();
  budget.requests = 3000;
  let retries = 0;
  for (let i = 0; i < 300; i++) if (takeRetry(budget, 0.2, 10)) retries++;
  assert.equal(retries, 300);
});
