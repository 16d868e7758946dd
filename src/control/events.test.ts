import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvents } from "./events.ts";

const event = (text: string) => ({ kind: "test", subject: "it", text });

test("a listener hears what happens until it stops listening", () => {
  const events = createEvents({ now: () => 1_000 });
  const heard: string[] = [];
  const stop = events.listen(({ text }) => heard.push(text));
  events.publish(event("a"));
  stop();
  events.publish(event("b"));
  assert.deepEqual(heard, ["a"]);
});

test("events since an id are those after it, in order", () => {
  const events = createEvents({ now: () => 1_000 });
  const ids: number[] = [];
  events.listen(({ id }) => ids.push(id));
  for (const text of ["a", "b", "c"]) events.publish(event(text));
  assert.deepEqual(
    events.since(ids[0]!).map(({ text }) => text),
    ["b", "c"],
  );
  assert.deepEqual(events.since(ids[2]!), []);
});

test("who was away for too long, or since an earlier run, is told of a gap first", () => {
  const events = createEvents({ now: () => 1_000 });
  for (let i = 0; i < 1_500; i++) events.publish(event(String(i)));
  const kinds = (id: number) => events.since(id).map(({ kind }) => kind);
  assert.equal(kinds(0)[0], "gap");
  assert.equal(kinds(0).length, 1_001);
  const kept = events.since(0)[1]!.id;
  assert.equal(kinds(kept)[0], "test");
  assert.equal(kinds(kept - 1)[0], "test", "nothing is missing between");
});
