import assert from "node:assert/strict";
import { test } from "node:test";
import { drainsIn, newsOfDrains } from "./drains.ts";

test("drains are an object of control's; without it there are none", () => {
  const drains = [{ kind: "host", name: "api-1", endMs: 5 }];
  assert.deepEqual(drainsIn({ drains: JSON.stringify(drains) }), drains);
  assert.deepEqual(drainsIn({}), []);
});

test("control is told at once when something else is left", () => {
  const isNews = newsOfDrains();
  const left = (requests: number) => ({ drains: [{ kind: "route" as const, name: "a", endMs: 5, requests }] });
  const seen = [{}, { drains: [] }, left(2), left(2), left(0), {}].map(isNews);
  assert.deepEqual(seen, [false, false, true, false, true, true]);
});
