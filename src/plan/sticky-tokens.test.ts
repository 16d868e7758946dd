import assert from "node:assert/strict";
import { test } from "node:test";
import { withTokens } from "./sticky-tokens.ts";

const targets = ["api-1", "api-2"].map((name) => ({ name, address: "10.77.0.1", port: 80 }));
const tokens = (key: string, service: string) => withTokens(key, service, targets).map(({ token }) => token);

test("a token is the same each time, and another for each target, service and key", () => {
  assert.deepEqual(tokens("key", "orders"), tokens("key", "orders"));
  const all = [...tokens("key", "orders"), ...tokens("key", "carts"), ...tokens("other", "orders")];
  assert.equal(new Set(all).size, 6);
});

test("a token fits a cookie and names nobody", () => {
  for (const token of tokens("key", "orders")) assert.match(token!, /^[\w-]{22}$/);
});
