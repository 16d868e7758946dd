import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { afterAnswer, inherited, type Standing, unasked } from "./standing.ts";

const bounds = { rise: 2, fall: 3 };
const reasons = (first: Standing, ...answers: readonly (string | undefined)[]) => {
  let standing = first;
  return answers.map((answer) => {
    standing = afterAnswer(standing, answer, bounds);
    return standing.down;
  });
};

test("the first answer of a new target decides alone", () => {
  assert.deepEqual(reasons(unasked, "refused"), ["refused"]);
  assert.deepEqual(reasons(unasked, undefined, "refused", "refused", "refused"), [
    undefined,
    undefined,
    undefined,
    "refused",
  ]);
});

test("what a process before this one judged stays until as many answers in a row say otherwise", () => {
  assert.deepEqual(reasons(inherited(undefined), "a", "b", "c"), [undefined, undefined, "c"]);
  assert.deepEqual(reasons(inherited("a"), undefined, undefined), ["a", undefined]);
});

test("an answer in between begins the count anew", () => {
  const well = undefined;
  assert.deepEqual(reasons(inherited(well), "a", "a", well, "a", "a", "a"), [well, well, well, well, well, "a"]);
  assert.deepEqual(reasons(inherited("a"), well, "b", well, well), ["a", "b", "b", well]);
});

test("property: it changes after `rise` or `fall` answers in a row that say otherwise, and never before", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.nat(5), fc.nat(5), (answers, rise, fall) => {
      let standing = inherited(undefined);
      let row = 0;
      for (const isWell of answers) {
        const wasDown = standing.down !== undefined;
        standing = afterAnswer(standing, isWell ? undefined : "x", { rise: rise + 1, fall: fall + 1 });
        row = isWell === wasDown ? row + 1 : 0;
        const turns = row > (wasDown ? rise : fall);
        assert.equal(standing.down !== undefined, turns ? !wasDown : wasDown);
        if (turns) row = 0;
      }
    }),
  );
});
