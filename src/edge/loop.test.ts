import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../lib/clock.ts";
import { loop } from "./loop.ts";

/** Sleeps last until they are woken or aborted. */
function patientClock() {
  const waits: number[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms);
        if (signal?.aborted) resolve();
        else signal?.addEventListener("abort", () => resolve(), { once: true });
      }),
  };
  return { clock, waits };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("work runs at once, when it is woken, and never twice at a time", async () => {
  const end = new AbortController();
  const { clock, waits } = patientClock();
  let runs = 0;
  let running = 0;
  const one = loop(
    async () => {
      assert.equal(++running, 1);
      await settled();
      running--;
      return ++runs * 100;
    },
    clock,
    end.signal,
  );
  await settled();
  await settled();
  assert.equal(runs, 1);
  one.wake();
  one.wake();
  await settled();
  await settled();
  assert.deepEqual([runs, waits], [2, [100, 200]]);
  end.abort();
  await one.ended;
  assert.equal(runs, 2);
});

test("a wake during a run makes another follow at once", async () => {
  const end = new AbortController();
  const { clock } = patientClock();
  let runs = 0;
  const one = loop(
    async () => {
      await settled();
      if (++runs === 1) one.wake();
      return 1000;
    },
    clock,
    end.signal,
  );
  for (let i = 0; i < 6; i++) await settled();
  assert.equal(runs, 2);
  end.abort();
  await one.ended;
});

test("an error of the work ends the loop and is told", async () => {
  const { clock } = patientClock();
  const one = loop(async () => Promise.reject(new Error("no")), clock, new AbortController().signal);
  await assert.rejects(one.ended, /no/);
});
