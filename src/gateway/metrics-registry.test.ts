import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../test/lua/both.ts";

test("a thousand names are counted by themselves, all further ones as `other`", async () => {
  const names = Array.from({ length: 1200 }, (_, index) => `route-${index}`);
  const results = await runBoth(
    [...names, ...names].flatMap((name) => [
      { module: "gateway.metrics-registry", name: "routeMetrics", args: [name], as: "metrics" },
      { module: "probe", name: "field", args: [{ $: "metrics" }, "name"] },
    ]),
  );
  const counted = results.filter((_, index) => index % 2 === 1);
  const own = names.filter((name, index) => counted[index] === name);
  assert.ok(own.length >= 990 && own.length <= 1000, `${own.length}`);
  assert.deepEqual(new Set(counted.filter((name, index) => name !== names[index % names.length])), new Set(["other"]));
  assert.deepEqual(counted.slice(0, names.length), counted.slice(names.length));
});
