import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../../test/lua/both.ts";

test("a named segment is read where the most specific path of the route has it", async () => {
  const paths = [
    { kind: "prefix", path: "/{id}/{part}" },
    { kind: "prefix", path: "/users/{id}" },
    { kind: "exact", path: "/users/me/{id}/x" },
  ];
  const table: readonly (readonly [string, string, string | null])[] = [
    ["/users/7", "id", "7"],
    ["/users/7/more", "id", "7"],
    ["/orders/9", "id", "orders"],
    ["/orders/9", "part", "9"],
    ["/users/me/5/x", "id", "5"],
    ["/users/me/5/y", "id", "me"],
    ["/users/7", "other", null],
    ["/", "id", null],
  ];
  const calls = table.map(([path, name]) => ({
    module: "gateway.routing.path-segment",
    name: "pathSegment",
    args: [paths, path, name],
  }));
  assert.deepEqual(
    await runBoth(calls),
    table.map(([, , segment]) => segment),
  );
});
