import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../test/lua/both.ts";

test("a request is counted by the first digit of its status, its bytes, and in the bucket of its time", async () => {
  const metrics = {
    name: "orders",
    statuses: [0, 0, 0, 0, 0, 0],
    duration: { counts: {}, sumMs: 0 },
    sentBytes: 0,
    isDirty: false,
  };
  const observed = [
    [200, 1, 10],
    [204, 1, 20],
    [304, 2, 0],
    [404, 3, 0],
    [499, 100, 1],
    [502, 101, 1],
    [503, 10_000, 1],
    [101, 10_001, 1],
    [0, 86_400_000, 1],
    [999, 5, 1],
  ] as const;
  const fields = ["statuses", "duration", "sentBytes", "isDirty"];
  const results = await runBoth([
    { module: "probe", name: "table", args: [metrics], as: "metrics" },
    ...observed.map((args) => ({ module: "gateway.metrics", name: "countRequest", args: [{ $: "metrics" }, ...args] })),
    { module: "probe", name: "field", args: [{ $: "metrics" }, "duration"], as: "duration" },
    { module: "probe", name: "field", args: [{ $: "duration" }, "counts"], as: "counts" },
    ...[1, 2, 3, 5, 100, 101, 280, 281, 550, 4].map((bucket) => ({
      module: "probe",
      name: "field",
      args: [{ $: "counts" }, bucket],
    })),
    { module: "probe", name: "field", args: [{ $: "duration" }, "sumMs"] },
    ...fields
      .filter((name) => name !== "duration")
      .map((name) => ({
        module: "probe",
        name: "field",
        args: [{ $: "metrics" }, name],
      })),
  ]);
  const told = results.slice(-14);
  assert.deepEqual(told, [
    ...[2, 1, 1, 1, 1, 1, 1, 1, 1, null],
    observed.reduce((sum, [, ms]) => sum + ms, 0),
    ...[[2, 1, 2, 1, 2, 2], 36, true],
  ]);
});
