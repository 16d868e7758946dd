import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "../lib/clock.ts";
import { startLoop } from "./loop.ts";

type Outcome = "done" | "again" | "failed";

/** A loop whose sleeps are written down and end when the test says so. */
function scripted(outcomes: readonly Outcome[], roundMs = 0) {
  const sleeps: number[] = [];
  let [at, rounds, running] = [0, 0, 0];
  let wake: () => void = () => {};
  const clock: Clock = {
    now: () => at,
    monotonic: () => at,
    sleep: (ms, signal) => {
      sleeps.push(ms);
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if (signal?.aborted) resolve();
      signal?.addEventListener("abort", () => resolve());
      return promise;
    },
  };
  const loop = startLoop({
    clock,
    everyMs: 5000,
    quietMs: 20,
    round: async () => {
      assert.equal(++running, 1, "two rounds at once");
      await new Promise(setImmediate);
      at += roundMs;
      running--;
      return outcomes[Math.min(rounds++, outcomes.length - 1)]!;
    },
  });
  const settle = async () => {
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  };
  return {
    loop,
    sleeps,
    rounds: () => rounds,
    settle,
    /** Ends the sleep under way. */
    wake: async () => {
      wake();
      await settle();
    },
  };
}

describe("a loop", () => {
  test("runs at once, then at intervals", async () => {
    const { loop, sleeps, rounds, wake } = scripted(["done"]);
    await wake();
    await wake();
    assert.deepEqual([rounds(), sleeps], [2, [20, 5000, 5000]]);
    await loop.close();
  });

  test("takes requests that come together as one, and runs after the last of them", async () => {
    const { loop, sleeps, rounds, wake, settle } = scripted(["done"]);
    await wake();
    for (let i = 0; i < 10; i++) loop.trigger();
    await settle();
    await wake();
    assert.deepEqual([rounds(), sleeps], [2, [20, 5000, 20, 5000]]);
    await loop.close();
  });

  test("waits longer after each failure, but not when it is asked", async () => {
    const { loop, sleeps, rounds, wake, settle } = scripted(["failed"]);
    for (let i = 0; i < 4; i++) await wake();
    const waits = sleeps.slice(1);
    assert.ok(
      waits.every((ms, index) => ms >= 125 * 2 ** index && ms <= 250 * 2 ** index),
      `${waits}`,
    );
    loop.trigger();
    await settle();
    await wake();
    assert.equal(rounds(), 5);
    await loop.close();
  });

  test("goes on at once when a round asks for another", async () => {
    const { loop, sleeps, rounds, wake } = scripted(["again", "done"]);
    await wake();
    assert.deepEqual([rounds(), sleeps], [2, [20, 5000]]);
    await loop.close();
  });

  test("runs less often when its rounds take long", async () => {
    const { loop, sleeps, wake } = scripted(["done"], 1000);
    await wake();
    assert.deepEqual(sleeps, [20, 20_000]);
    await loop.close();
  });
});
