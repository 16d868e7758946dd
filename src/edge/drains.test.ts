import assert from "node:assert/strict";
import { test } from "node:test";
import { drainsIn, drainsLeft, newsOfDrains } from "./drains.ts";

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

test("connections of listeners are part of what is left, and a drain of which they are not counted yet has not begun", () => {
  const drain = (kind: "host" | "service", name: string) => ({ kind, name, endMs: 5, requests: 1 });
  const drains = [drain("host", "db-1"), drain("service", "db"), drain("service", "web")];
  const counts: Readonly<Record<string, number>> = { "db-1": 2, web: 0 };
  assert.deepEqual(drainsLeft({ drains }, { leftOf: ({ name }) => counts[name] }), [
    { ...drains[0], connections: 2 },
    drains[2],
  ]);
  assert.deepEqual(drainsLeft({}, { leftOf: () => 0 }), []);
});
