import assert from "node:assert/strict";
import { test } from "node:test";
import { createHappenings } from "./happenings.ts";

test("happenings are told until they arrived, and the last hundred are kept", () => {
  const happenings = createHappenings(() => 1);
  happenings.add("path.moved", "api-1", "first");
  const told = happenings.pending();
  happenings.add("path.moved", "api-1", "second");
  happenings.arrived(told);
  assert.deepEqual(happenings.pending(), [{ id: 1001, kind: "path.moved", subject: "api-1", text: "second" }]);
  for (let count = 0; count < 200; count++) happenings.add("path.moved", "api-1", "more");
  assert.equal(happenings.pending().length, 100);
});
