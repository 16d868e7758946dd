import assert from "node:assert/strict";
import { test } from "node:test";
import { every } from "./every.ts";

test("looks at once and after each interval, and no more once it is closed", async () => {
  const sleeps: number[] = [];
  let looks = 0;
  let wake = () => {};
  const sleep = (ms: number, signal?: AbortSignal) => {
    sleeps.push(ms);
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    signal?.addEventListener("abort", () => resolve());
    return promise;
  };
  const watch = every({ sleep }, 250, () => void looks++);
  assert.equal(looks, 1);
  wake();
  await new Promise(setImmediate);
  assert.deepEqual([looks, sleeps], [2, [250, 250]]);
  watch.close();
  await new Promise(setImmediate);
  assert.equal(looks, 2);
});
