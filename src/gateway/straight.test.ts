import assert from "node:assert/strict";
import { test } from "node:test";
import { runLua } from "../../test/lua/run-lua.ts";

/** The items that are run when the one at `stopsAt` gives 7, and what comes out. */
function ran(count: number, stopsAt: number): unknown {
  return runLua([{ module: "probe", name: "inTurn", args: [count, stopsAt] }])[0]![0];
}

test("every item runs once, in order, however many there are", () => {
  for (const count of [0, 1, 2, 49, 50, 51, 100, 101, 130]) {
    const items = Array.from({ length: count }, (_, index) => index + 1);
    assert.deepEqual(ran(count, 0), `0: ${items.join(" ")}`);
  }
});

test("the first item that gives something else than 0 is the last to run", () => {
  assert.equal(ran(3, 1), "7: 1");
  assert.equal(ran(3, 3), "7: 1 2 3");
  assert.equal(ran(60, 52), `7: ${Array.from({ length: 52 }, (_, index) => index + 1).join(" ")}`);
});
