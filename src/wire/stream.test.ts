import assert from "node:assert/strict";
import { test } from "node:test";
import { postedOf } from "./stream.ts";

test("an answer to a post is told by how its line begins; whatever else, and what is damaged, is none", () => {
  const none = ['{"id":1,"type":"posted"}', '{"type":"posted",', '{"type":"posted","id":"1"}', '{"type":"ping"}', ""];
  for (const line of none) assert.equal(postedOf(line), undefined, line);
  assert.deepEqual(postedOf('{"type":"posted","id":1}'), { type: "posted", id: 1 });
});
