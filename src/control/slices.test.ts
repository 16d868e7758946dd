import assert from "node:assert/strict";
import { test } from "node:test";
import { inSlices } from "./slices.ts";

/** Steps of 4 ms by a clock of their own. */
function work(count: number) {
  let nowMs = 0;
  let taken = 0;
  function* steps() {
    for (; taken < count; taken++) {
      nowMs += 4;
      yield;
    }
    return "done";
  }
  return { steps: steps(), clock: { monotonic: () => nowMs }, taken: () => taken };
}

test("long work lets others have their turn, and comes to its end", async () => {
  const { steps, clock, taken } = work(30);
  const seen: number[] = [];
  let isOver = false;
  const look = () => {
    if (isOver) return;
    seen.push(taken());
    setImmediate(look);
  };
  setImmediate(look);
  assert.equal(await inSlices(steps, clock, new AbortController().signal), "done");
  isOver = true;
  assert.ok(seen.length >= 8, `${seen.length} turns`);
});

test("long work ends early when it is not wanted any more", async () => {
  const { steps, clock, taken } = work(1_000_000);
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  assert.equal(await inSlices(steps, clock, stop.signal), undefined);
  assert.ok(taken() < 1000, `${taken()} steps`);
});
