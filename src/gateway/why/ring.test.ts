import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedDict } from "../../../test/lua/shared-dict.ts";
import type { SharedCounts } from "../shared-counts.ts";
import { find, keep, lastOf, ringSize } from "./ring.ts";

test("a report is found by its request's id until as many others came after it", () => {
  const shared = sharedDict<SharedCounts>();
  const count = ringSize + 10;
  for (let i = 0; i < count; i++) assert.ok(keep(shared, "failure", `w-${i}`, `{"n": ${i}}`));
  assert.equal(find(shared, "w-9"), undefined);
  assert.equal(find(shared, "w-10"), '{"n": 10}');
  assert.equal(find(shared, `w-${count - 1}`), `{"n": ${count - 1}}`);
  assert.equal(find(shared, "w-"), undefined);
  assert.equal(find(shared, "failure"), undefined);
  assert.deepEqual(lastOf(shared, "failure", 2), [`{"n": ${count - 1}}`, `{"n": ${count - 2}}`]);
  assert.equal(lastOf(shared, "failure", 10 * ringSize).length, ringSize);
});

test("samples push out no failure, and what is too long is not kept", () => {
  const shared = sharedDict<SharedCounts>();
  keep(shared, "failure", "f", "{}");
  for (let i = 0; i < 3 * ringSize; i++) keep(shared, "sample", `s-${i}`, "{}");
  assert.equal(find(shared, "f"), "{}");
  assert.equal(keep(shared, "failure", "long", "x".repeat(4097)), false);
  assert.deepEqual(lastOf(shared, "failure", 5), ["{}"]);
});
