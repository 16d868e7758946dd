// Whatever is pushed, every worker has the world that would be built anew of the objects that are in force.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anySteps, call, isWhole, push } from "../../../test/gateway/any-snapshots.ts";
import { runLua } from "../../../test/lua/run-lua.ts";

test("any pushes: who took them, who followed, who lagged behind and who came last all have what would be built anew", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const last = steps.at(-1)!.after;
      const results = runLua([
        call("start", 4),
        push(1, { before: {}, pushed: {}, isFull: true }, 1),
        ...steps.flatMap((step, index) => [
          push(1 + (index % 2), step, index + 2),
          ...(step.isFollowed ? [call("follow", 3)] : []),
        ]),
        call("replace", 4),
        ...[1, 2, 3, 4].map((worker) => call("follow", worker)),
        ...[1, 2, 3, 4].map((worker) => call("world", worker)),
        call("keys"),
        call("start", 1),
        push(1, { before: {}, pushed: last, isFull: true }, 1),
        call("world", 1),
      ]).map(([value]) => value);
      const refusals = results.filter(
        (value) => value === false || (typeof value === "string" && !value.includes("\n")),
      );
      const wholes = steps.flatMap(({ pushed, isFollowed }) => [isWhole(pushed), ...(isFollowed ? [true] : [])]);
      assert.deepEqual(
        refusals.map((reason) => reason === false),
        [true, ...wholes, true, true, true, true, true],
      );
      const worlds = results.filter((value) => typeof value === "string" && value.includes("\n"));
      assert.deepEqual(worlds, Array(5).fill(worlds[4]));
      const keys = (results.find((value) => Array.isArray(value)) as string[]).map((key) => key.split("/")[0]);
      const count = (kind: string) => keys.filter((one) => one === kind).length;
      assert.ok(count("index") <= 2, "what a push made useless is freed with the next");
      assert.ok(count("object") <= Object.keys(last).length + Object.keys(steps.at(-1)!.before).length + 12);
    }),
    { numRuns: 40, interruptAfterTimeLimit: 60_000 }, // a failure is told as it is by then, not when it is smallest
  );
});
