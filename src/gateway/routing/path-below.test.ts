import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../../test/lua/both.ts";

const exact = (path: string) => ({ kind: "exact", path });
const prefix = (path: string) => ({ kind: "prefix", path });

test("what follows the segments of the path that the router goes by, as the client spelled it", async () => {
  const paths = [prefix("/old"), prefix("/users/{id}"), prefix("/{a}/new"), exact("/old/page"), prefix("/{any}")];
  const table: readonly (readonly [path: string, target: string, below: string])[] = [
    ["/old", "/old", ""],
    ["/old/", "/old/", "/"],
    ["/old/a b/c", "/old/a%20b/c", "/a%20b/c"],
    ["/old/page", "/%6fld/page", ""],
    ["/old/new/x", "/old/new/x", "/x"],
    ["/users/7/orders", "/users/7/orders", "/orders"],
    ["/users/new/orders", "/users/new/orders", "/orders"],
    ["/users/", "/users/", "/"],
    ["/x/new/y", "/x/new/y", "/y"],
    ["/x/y", "/x/y", "/y"],
  ];
  const module = "gateway.routing.path-below";
  const calls = table.map(([path, target]) => ({ module, name: "pathBelow", args: [paths, path, target] }));
  assert.deepEqual(
    await runBoth(calls),
    table.map(([, , below]) => below),
  );
});

test("all of the target is below the path /", async () => {
  const module = "gateway.routing.path-below";
  const calls = ["/", "/a/b"].map((path) => ({ module, name: "pathBelow", args: [[prefix("")], path, path] }));
  assert.deepEqual(await runBoth(calls), ["/", "/a/b"]);
});
