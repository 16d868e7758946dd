import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceReader } from "./services.ts";

test("services are read from their objects, and one that did not change is the same value", () => {
  const read = serviceReader();
  const first = read({ nginx: "{}", "service/a": '{"name":"a"}', "service/b": '{"name":"b"}' });
  assert.deepEqual(
    first.map(({ name }) => name),
    ["a", "b"],
  );
  const second = read({ "service/a": '{"name":"a"}', "service/b": '{"name":"b","retries":2}', "route/x": "{}" });
  assert.equal(second[0], first[0]);
  assert.notEqual(second[1], first[1]);
  assert.equal(second[1]!.retries, 2);
});
