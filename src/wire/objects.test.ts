import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyDelta, deltaOf } from "./objects.ts";

const keys = ["host", "peer/a", "peer/b", "constructor", "toString"];
const objects = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom("1", "2"), { noNullPrototype: true });

test("a difference is the least that makes the one of the other", () => {
  fc.assert(
    fc.property(objects, objects, (before, after) => {
      const { upserts, removes } = deltaOf(before, after);
      assert.deepEqual(applyDelta(before, { upserts, removes }), after);
      const isOther = (key: string) => !Object.hasOwn(before, key) || before[key] !== after[key];
      assert.deepEqual(Object.keys(upserts).sort(), Object.keys(after).filter(isOther).sort());
      assert.deepEqual(
        removes,
        Object.keys(before).filter((key) => !Object.hasOwn(after, key)),
      );
    }),
  );
});
