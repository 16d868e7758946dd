import assert from "node:assert/strict";
import { test } from "node:test";
import { breakersOpen, targetsOut } from "./edge-text.ts";

test("targets that are out have their reason, breakers that are not closed their state", () => {
  const targets = [
    { service: "a", target: "one", ejected: true },
    { service: "a", target: "two", ejected: true, down: "status 500" },
    { service: "a", target: "three", ejected: false },
  ];
  assert.deepEqual(targetsOut({ targets }), ["a one (ejected)", "a two (status 500)"]);
  assert.deepEqual(breakersOpen({}), []);
  assert.deepEqual(
    breakersOpen({
      breakers: [
        { service: "a", state: "open", reason: "errors" },
        { service: "b", state: "halfOpen" },
        { service: "c", state: "closed" },
      ],
    }),
    ["a open (errors)", "b half open"],
  );
});
