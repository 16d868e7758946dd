import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeadlines } from "./deadlines.ts";

test("a deadline is counted down by the monotonic clock: a wall clock that jumps changes nothing", () => {
  let [wallMs, monotonicMs] = [1_000_000, 500];
  const isOver = createDeadlines({ now: () => wallMs, monotonic: () => monotonicMs });
  assert.equal(isOver(1_010_000), false);
  wallMs += 600_000;
  assert.equal(isOver(1_010_000), false);
  wallMs -= 1_200_000;
  monotonicMs += 9_999;
  assert.equal(isOver(1_010_000), false);
  monotonicMs += 1;
  assert.equal(isOver(1_010_000), true);
});
