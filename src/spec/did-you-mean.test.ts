import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./did-you-mean.ts";

test("a slip of a letter or two is seen through, another word is not", () => {
  const known = ["orders", "payments", "db"];
  const cases: Record<string, string | undefined> = {
    ordres: "orders",
    Orders: "orders",
    order: "orders",
    paymnts: "payments",
    bd: "db",
    dbx: "db",
    users: undefined,
    x: undefined,
    "": undefined,
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(nearest(text, known), expected, text);
});
