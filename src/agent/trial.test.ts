import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { trialKey, trialMs } from "../wire/mesh.ts";
import { digestOf, type Objects } from "../wire/objects.ts";
import type { AgentState } from "./state.ts";
import { createTrial } from "./trial.ts";

const stateOf = (revision: number, objects: Objects): AgentState => ({
  followed: { revision, objects, digest: digestOf(objects) },
  guarded: { inForce: objects, missingSince: {} },
});
const [good, risky] = [{ host: "{}" }, { host: "{}", [trialKey]: "{}" }];

function underTrial() {
  let now = 0;
  const trial = createTrial({ monotonic: () => now });
  const first = stateOf(1, good);
  const second = { ...stateOf(2, risky), ...trial.before(first, risky) };
  trial.over(second);
  return { trial, first, second, pass: (ms: number) => (now += ms) };
}

describe("a state on trial", () => {
  test("gives way to the one before it when its time is over, once", () => {
    const { trial, first, second, pass } = underTrial();
    pass(trialMs - 1);
    assert.equal(trial.over(second), undefined);
    pass(1);
    assert.deepEqual(trial.over(second), first);
    assert.equal(trial.over(first), undefined);
  });

  test("stays when one that is on trial no more comes in time", () => {
    const { trial, second, pass } = underTrial();
    const third = { ...stateOf(3, good), ...trial.before(second, good) };
    trial.over(third);
    pass(2 * trialMs);
    assert.equal(trial.over(third), undefined);
  });

  test("that another follows on trial goes back to before both, by the time of the first", () => {
    const { trial, first, second, pass } = underTrial();
    pass(trialMs / 2);
    const third = { ...stateOf(3, risky), ...trial.before(second, risky) };
    trial.over(third);
    pass(trialMs / 2);
    assert.deepEqual(trial.over(third), first);
  });
});
