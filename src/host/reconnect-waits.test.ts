import assert from "node:assert/strict";
import { test } from "node:test";
import { reconnectWaits } from "./follow-control.ts";

test("a control that only restarts is asked every two seconds at least, one that stays away more seldom", () => {
  const waits = reconnectWaits(() => 1);
  const all = Array.from({ length: 12 }, () => waits.next());
  assert.deepEqual(all, [250, 500, 1000, ...Array.from({ length: 6 }, () => 2000), 4000, 8000, 8000]);
  const shortest = reconnectWaits(() => 0);
  let passedMs = 0;
  for (let wait = 0; passedMs < 5_000; passedMs += wait) {
    wait = shortest.next();
    assert.ok(wait <= 2000);
  }
  waits.reset();
  assert.equal(waits.next(), 250);
});
