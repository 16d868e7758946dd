import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { asLua } from "../../../test/lua/both.ts";
import { buckets } from "../../../test/lua/probe.ts";
import type { Buckets } from "../gcra.ts";
import { clientRate, waitForToken } from "./client-rate.ts";
import { clientAt, newClientTable } from "./client-table.ts";

/** At which of these moments, each at one of the workers, a request gets through. */
function passed(workers: number, burst: number, asked: readonly (readonly [gapMs: number, worker: number])[]): number {
  const rate = clientRate({ intervalMicros: 10_000, burst }, workers);
  const shared = buckets() as unknown as Buckets;
  const known = Array.from({ length: workers }, () => clientAt(newClientTable(), "a")!);
  let now = 1_000_000;
  let count = 0;
  for (const [gapMs, worker] of asked) {
    now += gapMs;
    if (waitForToken(shared, known[worker % workers]!, rate, now) === 0) count++;
  }
  return count;
}

test("a worker alone gives exactly the burst, and what time brings", () => {
  assert.equal(
    passed(
      1,
      5,
      Array.from({ length: 9 }, () => [0, 0]),
    ),
    5,
  );
  assert.equal(
    passed(
      1,
      5,
      Array.from({ length: 100 }, () => [5, 0]),
    ),
    54,
  );
});

test("over any number of workers, a client gets its rate at least, and an eighth more at most", async () => {
  const asked = fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 0, 1, 10, 400), fc.nat(15)), {
    minLength: 1,
    maxLength: 300,
  });
  await asLua(() =>
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 16 }),
        fc.integer({ min: 1, max: 64 }),
        asked,
        (workers, burst, moments) => {
          const elapsedMs = moments.slice(1).reduce((sum, [gapMs]) => sum + gapMs, 0);
          const whole = burst + elapsedMs / 10;
          const count = passed(workers, burst, moments);
          assert.ok(count <= whole * 1.125 + 1, `${count} got through, ${whole} may`);
          const alone = passed(1, burst, moments);
          assert.ok(count >= alone - 1, `${count} got through, ${alone} do with one worker`);
        },
      ),
    ),
  );
});

test("who is refused is told when there is a token", () => {
  const rate = clientRate({ intervalMicros: 10_000, burst: 1 }, 1);
  const client = clientAt(newClientTable(), "a")!;
  const shared = buckets() as unknown as Buckets;
  assert.deepEqual(
    [1_000, 1_000, 1_004, 1_010].map((now) => waitForToken(shared, client, rate, now)),
    [0, 10, 6, 0],
  );
});
