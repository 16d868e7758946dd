import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Candidate, chooseRouter, returnMs } from "./choice.ts";

const answers = (name: string, since = 0): Candidate => ({ name, since, isDark: false });
const dark = (name: string): Candidate => ({ name, isDark: true });
const unknown = (name: string): Candidate => ({ name, isDark: false });

test("the first is taken until there was time to find out that it does not answer", () => {
  assert.equal(chooseRouter([unknown("a"), answers("b")], undefined, 0), "a");
  assert.equal(chooseRouter([dark("a"), answers("b")], "a", 0), "b");
});

test("one that is dark is left for the first that answers", () => {
  assert.equal(chooseRouter([dark("a"), dark("b"), answers("c")], "a", 0), "c");
  assert.equal(chooseRouter([answers("a", 5), dark("b")], "b", 6), "a");
});

test("one that came back is not taken again at once", () => {
  assert.equal(chooseRouter([answers("a", 1_000), answers("b")], "b", 1_001), "b");
  assert.equal(chooseRouter([answers("a", 1_000), answers("b")], "b", 1_000 + returnMs), "a");
});

test("nothing moves while nobody answers", () => {
  assert.equal(chooseRouter([dark("a"), dark("b")], "b", 0), "b");
});

test("one that leads there no more is left at once", () => {
  assert.equal(chooseRouter([dark("b"), answers("c")], "a", 0), "c");
  assert.equal(chooseRouter([unknown("b")], "a", 0), "b");
  assert.equal(chooseRouter([], "a", 0), undefined);
});

test("whatever happens, one that answers is never left for one that does not", () => {
  const candidate = (name: string) =>
    fc.constantFrom("answers", "dark", "unknown").map((state) => {
      return state === "answers" ? answers(name) : state === "dark" ? dark(name) : unknown(name);
    });
  fc.assert(
    fc.property(
      fc.tuple(candidate("a"), candidate("b"), candidate("c")),
      fc.constantFrom("a", "b", "c"),
      fc.nat(2 * returnMs),
      (routers, current, now) => {
        const chosen = routers.find(({ name }) => name === chooseRouter(routers, current, now))!;
        const before = routers.find(({ name }) => name === current)!;
        if (chosen !== before) assert.notEqual(chosen.since, undefined);
      },
    ),
  );
});
