import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AgedKey, dueAtMs, dueKeys } from "./due.ts";

const dayMs = 86_400_000;
const everyMs = 30 * dayMs;
const keyOf = (host: string, sinceMs = 0): AgedKey => ({ host, plane: "pw0", generation: 1, sinceMs });

test("a key is due within the last tenth of the time, never later than the file says", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (host, sinceMs) => {
      const due = dueAtMs(keyOf(host, sinceMs), everyMs) - sinceMs;
      assert.ok(due >= 0.9 * everyMs && due <= everyMs);
      assert.deepEqual(dueKeys([keyOf(host, sinceMs)], everyMs, sinceMs + 0.89 * everyMs), []);
      assert.equal(dueKeys([keyOf(host, sinceMs)], everyMs, sinceMs + everyMs).length, 1);
    }),
  );
});

test("keys that are equally old are not all due on one day", () => {
  const keys = Array.from({ length: 100 }, (_, index) => keyOf(`host-${index}`));
  const days = new Set(keys.map((key) => Math.floor(dueAtMs(key, everyMs) / dayMs)));
  assert.ok(days.size >= 3);
});

test("the oldest come first", () => {
  const keys = [keyOf("young", 5 * dayMs), keyOf("old", dayMs)];
  assert.deepEqual(
    dueKeys(keys, everyMs, 99 * dayMs).map(({ host }) => host),
    ["old", "young"],
  );
});
