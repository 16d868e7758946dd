import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../../test/lua/both.ts";
import { gapOf } from "./sample.ts";

test("gaps are those of independent draws: the share of requests is the one that was asked for", () => {
  for (const percent of [1, 5, 50, 99]) {
    let seed = 1;
    let requests = 0;
    const samples = 20_000;
    for (let i = 0; i < samples; i++) {
      seed = (seed * 48_271) % (2 ** 31 - 1);
      requests += gapOf(percent, seed / (2 ** 31 - 1));
    }
    const share = (100 * samples) / requests;
    assert.ok(Math.abs(share - percent) < percent * 0.03, `${share} % for ${percent} %`);
  }
});

test("all requests, and none", () => {
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }), (random) => {
      assert.equal(gapOf(100, random), 1);
      assert.equal(gapOf(0, random), Number.POSITIVE_INFINITY);
      assert.ok(gapOf(1, random) >= 1);
    }),
  );
});

test("LuaJIT draws the same gaps", async () => {
  const args = [1, 2, 10, 50, 99, 100].flatMap((percent) => [1e-9, 0.25, 0.5, 0.999, 1].map((one) => [percent, one]));
  await runBoth(args.map((two) => ({ module: "gateway.why.sample", name: "gapOf", args: two })));
});
