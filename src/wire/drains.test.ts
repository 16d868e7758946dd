import assert from "node:assert/strict";
import { test } from "node:test";
import { leftText } from "./drains.ts";

test("what is left of a drain is told by kind, connections of listeners apart", () => {
  assert.equal(leftText({ requests: 0 }), "nothing");
  assert.equal(leftText({ requests: 0, connections: 1 }), "1 connection of listeners");
  assert.equal(leftText({ requests: 1, grpcCalls: 1 }), "1 request: 1 gRPC call");
  assert.equal(
    leftText({ requests: 5, webSockets: 3, inOldWorkers: 2, connections: 4 }),
    "5 requests: 3 WebSockets; 2 of them in old workers, 4 connections of listeners",
  );
});
