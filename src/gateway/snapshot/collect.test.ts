import assert from "node:assert/strict";
import { test } from "node:test";
import { runLua } from "../../../test/lua/run-lua.ts";

test("garbage that is expected is collected in slices, and without it nothing is", () => {
  const [[collected]] = runLua([{ module: "probe", name: "collected", args: [] }]) as [[unknown]];
  assert.deepEqual(collected, { idle: 0, turns: true, freed: true });
});
