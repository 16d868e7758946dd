import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runLua } from "../../test/lua/run-lua.ts";

/** The names under which routes or services `n0`, `n1`, … are counted, asked twice. */
function countedAs(name: "routeMetrics" | "serviceMetrics", count: number): unknown[] {
  const names = Array.from({ length: count }, (_, index) => `n${index}`);
  const results = runLua(
    [...names, ...names].flatMap((one) => [
      { module: "gateway.metrics-registry", name, args: [one], as: "metrics" },
      { module: "probe", name: "field", args: [{ $: "metrics" }, "name"] },
    ]),
  );
  return results.filter((_, index) => index % 2 === 1).map(([counted]) => counted);
}

suite("series of metrics", () => {
  for (const kind of ["routeMetrics", "serviceMetrics"] as const) {
    test(`${kind}: the first thousand names have their own, all others share one`, () => {
      const counted = countedAs(kind, 3000);
      assert.equal(new Set(counted).size <= 1001, true);
      assert.deepEqual(
        [counted[0], counted[990], counted[2999], counted[3000], counted[5999]],
        ["n0", "n990", "other", "n0", "other"],
      );
    });
  }
});
