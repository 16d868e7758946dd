import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tcp } from "../../test/plan/spec.ts";
import { allowance } from "../../test/plan/world.ts";
import { allows, mergeAllowances } from "./allowances.ts";

test("any covers everything", () => {
  assert.deepEqual(mergeAllowances([tcp(80), { protocol: "any" }, { protocol: "icmp" }]), [{ protocol: "any" }]);
});

test("ranges that overlap or touch become one, and a protocol without ports covers its ports", () => {
  assert.deepEqual(mergeAllowances([tcp(90, 95), tcp(80), tcp(81, 90), tcp(100)]), [
    { protocol: "tcp", first: 80, last: 95 },
    { protocol: "tcp", first: 100, last: 100 },
  ]);
  assert.deepEqual(mergeAllowances([tcp(80), { protocol: "tcp" }]), [{ protocol: "tcp" }]);
  assert.deepEqual(mergeAllowances([tcp(40_000, 65535), tcp(1, 39_999)]), [{ protocol: "tcp" }]);
});

test("the merged list lets through what one of the allowances lets through", () => {
  const port = fc.integer({ min: 1, max: 30 });
  fc.assert(
    fc.property(fc.array(allowance), fc.constantFrom("tcp", "udp", "icmp"), port, (list, protocol, port) => {
      const one = list.some((each) => {
        if (each.protocol === "any") return true;
        return each.protocol === protocol && (!each.ports || (port >= each.ports.first && port <= each.ports.last));
      });
      assert.equal(allows(mergeAllowances(list), protocol, port), one);
    }),
  );
});

test("the merged list does not depend on the order of the allowances", () => {
  const shuffled = fc
    .array(allowance)
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  fc.assert(fc.property(shuffled, ([list, other]) => assert.deepEqual(mergeAllowances(list), mergeAllowances(other))));
});
