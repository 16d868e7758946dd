import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../test/lua/both.ts";

const buckets = 14;

test("a request is counted by the first digit of its status, and in the first bucket that holds its time", async () => {
  const metrics = {
    name: "orders",
    statuses: [0, 0, 0, 0, 0, 0],
    duration: { counts: Array(buckets).fill(0), sumMs: 0 },
    isDirty: false,
  };
  const observed = [
    [200, 0],
    [204, 1],
    [304, 2],
    [404, 3],
    [499, 100],
    [502, 101],
    [503, 10_000],
    [101, 10_001],
    [0, 86_400_000],
    [999, 5],
  ] as const;
  const results = await runBoth([
    { module: "probe", name: "table", args: [metrics], as: "metrics" },
    ...observed.map((args) => ({ module: "gateway.metrics", name: "countRequest", args: [{ $: "metrics" }, ...args] })),
    ...["statuses", "duration", "isDirty"].map((name) => ({
      module: "probe",
      name: "field",
      args: [{ $: "metrics" }, name],
    })),
  ]);
  const [statuses, duration, isDirty] = results.slice(-3);
  assert.deepEqual(statuses, [2, 1, 2, 1, 2, 2]);
  assert.deepEqual(duration, {
    counts: [2, 1, 2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 2],
    sumMs: observed.reduce((sum, [, ms]) => sum + ms, 0),
  });
  assert.equal(isDirty, true);
});
