import assert from "node:assert/strict";
import { test } from "node:test";
import { createNews } from "./news.ts";

test("what a program tells is published once, however often it is told, and each counts for itself", () => {
  const published: string[] = [];
  const news = createNews({ publish: ({ kind, text }) => void published.push(`${kind} ${text}`) });
  const event = (id: number) => ({ id, kind: "target.down", subject: "orders a", text: `number ${id}` });
  news("edge-1", "edge", [event(1)]);
  news("edge-1", "edge", [event(1), event(2)]);
  news("edge-2", "edge", [event(2)]);
  news("edge-1", "edge", []);
  news("edge-1", "agent", [event(1)]);
  assert.deepEqual(published, [
    "target.down edge-1: number 1",
    "target.down edge-1: number 2",
    "target.down edge-2: number 2",
    "target.down edge-1: number 1",
  ]);
});
