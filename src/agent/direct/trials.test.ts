import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep, type Trials, woken } from "./trials.ts";

/** What is tried until `untilMs`, with its time. */
function play(candidates: readonly string[], untilMs: number): readonly string[] {
  const log: string[] = [];
  let trials: Trials | undefined;
  for (let now = 0; now <= untilMs; now += 250) {
    const next = nextStep(trials, candidates, now);
    trials = next.trials;
    if (next.step) log.push(`${now} ${next.step.kind === "try" ? next.step.endpoint : "rest"}`);
  }
  return log;
}

test("each candidate in turn, then a rest that is longer each time", () => {
  assert.deepEqual(play(["a", "b"], 21_500), [
    "0 a",
    "1500 b",
    "3000 rest",
    "8000 a",
    "9500 b",
    "11000 rest",
    "21000 a",
  ]);
});

test("no candidates, nothing to try", () => assert.deepEqual(play([], 10_000), []));

test("new candidates are tried at once", () => {
  const { trials } = nextStep({ key: "a", index: 0, nextAt: 300_000, rounds: 6 }, ["b"], 1_000);
  assert.deepEqual(trials, { key: "b", index: 1, nextAt: 2_500, rounds: 0 });
});

test("a rest ends when the other end begins again, and a round that is under way goes on", () => {
  const resting = { key: "a,b", index: 0, nextAt: 300_000, rounds: 6 };
  assert.deepEqual(nextStep(woken(resting, 1_000), ["a", "b"], 1_000).step, {
    kind: "try",
    endpoint: "a",
    isFirst: true,
  });
  const trying = { ...resting, index: 1 };
  assert.equal(woken(trying, 1_000), trying);
});
