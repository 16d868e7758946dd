import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { asLua, runBoth } from "../../test/lua/both.ts";
import { buckets as newBuckets } from "../../test/lua/probe.ts";
import { takeToken, type Verdict } from "./gcra.ts";

const second = 1_000_000;
const newVerdict = (): Verdict => ({ allowed: true, remaining: 0, waitMicros: 0 });

/** What a bucket says at each moment, in Node and in LuaJIT. */
async function verdictsAt(limit: { intervalMicros: number; burst: number }, moments: readonly number[]) {
  const results = await runBoth([
    { module: "probe", name: "buckets", args: [], as: "buckets" },
    { module: "probe", name: "table", args: [newVerdict()], as: "verdict" },
    ...moments.flatMap((now) => [
      { module: "gateway.gcra", name: "takeToken", args: [{ $: "buckets" }, "key", limit, now, { $: "verdict" }] },
      ...["allowed", "remaining", "waitMicros"].map((name) => ({
        module: "probe",
        name: "field",
        args: [{ $: "verdict" }, name],
      })),
    ]),
  ]);
  return moments.map((_, index) => results.slice(3 + 4 * index, 6 + 4 * index));
}

test("a full bucket lets its burst through, then one request each interval", async () => {
  const limit = { intervalMicros: second / 10, burst: 3 };
  const start = 5 * second;
  assert.deepEqual(
    await verdictsAt(limit, [start, start, start, start, start + 99_999, start + 100_000, start + 100_001]),
    [
      [true, 2, 100_000],
      [true, 1, 200_000],
      [true, 0, 300_000],
      [false, 0, 100_000],
      [false, 0, 1],
      [true, 0, 300_000],
      [false, 0, 99_999],
    ],
  );
});

test("a bucket that was idle for long is full, not more than full", async () => {
  const limit = { intervalMicros: second, burst: 2 };
  const late = 3600 * second;
  const verdicts = await verdictsAt(limit, [1, 1, 1, late, late, late]);
  assert.deepEqual(
    verdicts.map(([allowed]) => allowed),
    [true, true, false, true, true, false],
  );
});

test("any moments: never more than the burst and what the time brought, never fewer than that allows", async () => {
  const limit = { intervalMicros: 1000, burst: 5 };
  for (const gaps of fc.sample(fc.array(fc.oneof(fc.nat(300), fc.nat(20_000)), { maxLength: 80 }), 40)) {
    let now = 1_000_000;
    const moments = gaps.map((gap) => {
      now += gap;
      return now;
    });
    const expected: boolean[] = [];
    let [tokens, last] = [limit.burst, moments[0] ?? 0];
    for (const moment of moments) {
      tokens = Math.min(limit.burst, tokens + (moment - last) / limit.intervalMicros);
      last = moment;
      const isAllowed = tokens >= 1 - 1e-9;
      if (isAllowed) tokens -= 1;
      expected.push(isAllowed);
    }
    const verdicts = await verdictsAt(limit, moments);
    assert.deepEqual(
      verdicts.map(([allowed]) => allowed),
      expected,
    );
  }
});

/**
 * Workers that interrupt each other: before each step of shared memory of one, others may run whole requests, as the list
 * of choices says. Returns the moments at which requests were let in.
 */
function race(workers: number, burst: number, gaps: readonly number[], choices: readonly number[]): number[] {
  const limit = { intervalMicros: 1000, burst };
  const shared = newBuckets();
  const admitted: number[] = [];
  let now = 1_000_000;
  let choice = 0;
  const request = (worker: number) => {
    const verdict = newVerdict();
    const interrupted = {
      incr: (key: string, by: number, init: number) => {
        const next = choices[choice++ % choices.length] ?? 0;
        if (worker + 1 < workers && next > 0) for (let i = 0; i < next; i++) request(worker + 1);
        return shared.incr(key, by, init);
      },
      expire: shared.expire,
    };
    takeToken(interrupted as unknown as Parameters<typeof takeToken>[0], "key", limit, now, verdict);
    if (verdict.allowed) admitted.push(now);
  };
  for (const gap of gaps) {
    now += gap;
    request(0);
  }
  return admitted;
}

test("over w workers that interrupt each other at every step, a bucket errs by at most w - 1 tokens each time it was full", async () => {
  const scenario = fc.record({
    workers: fc.integer({ min: 2, max: 4 }),
    burst: fc.integer({ min: 1, max: 6 }),
    gaps: fc.array(fc.constantFrom(0, 0, 0, 200, 1000, 5000, 60_000), { minLength: 1, maxLength: 30 }),
    choices: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 1, maxLength: 20 }),
  });
  await asLua(() =>
    fc.assert(
      fc.property(scenario, ({ workers, burst, gaps, choices }) => {
        const admitted = race(workers, burst, gaps, choices);
        const longGaps = gaps.filter((gap) => gap >= 1000).length;
        const elapsed = gaps.slice(1).reduce<number>((sum, gap) => sum + gap, 0);
        const most = burst + elapsed / 1000 + (workers - 1) * (1 + longGaps);
        assert.ok(admitted.length <= most, `${admitted.length} let in, at most ${most}`);
        assert.ok(admitted.length >= 1, "a full bucket let nobody in");
      }),
      { numRuns: 2000 },
    ),
  );
});

test("after a race the bucket refills as before", async () => {
  await asLua(() => {
    const admitted = race(3, 2, [0, 0, 10_000, ...new Array(20).fill(1000)], [2, 1, 0]);
    const late = admitted.filter((moment) => moment > 1_020_000);
    assert.ok(late.length >= 8, `${late.length} of 10 intervals let one in`);
  });
});
