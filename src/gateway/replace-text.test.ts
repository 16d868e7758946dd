import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../test/lua/both.ts";
import { bytesOf } from "../../test/lua/run-lua.ts";

const call = (text: string, pairs: readonly (readonly [string, string])[], mostMoreBytes = 1_000_000) => ({
  module: "gateway.replace-text",
  name: "replaceTexts",
  args: [bytesOf(text), pairs.map(([wanted, by]) => [bytesOf(wanted), bytesOf(by)]), mostMoreBytes],
});

test("texts are replaced wherever they stand, one pair after the other, letter by letter", async () => {
  const calls = [
    call("a.b a+b a.b", [["a.b", "%1$&"]]),
    call("aaaa", [["aa", "a"]]),
    call("abc", [
      ["b", ""],
      ["ac", "x"],
    ]),
    call("none", [["x", "y"]]),
    call("é", [["é", "e"]]),
    call("", [["x", "y"]]),
  ];
  assert.deepEqual(await runBoth(calls), ["%1$& a+b %1$&", "aa", "x", "none", "e", ""]);
});

test("a text becomes only so much longer", async () => {
  const pairs = [["x", "yyyy"]] as const;
  assert.deepEqual(await runBoth([call("xxxx", pairs, 12), call("xxxx", pairs, 11)]), ["yyyyyyyyyyyyyyyy", null]);
});

test("texts are replaced as JavaScript does, in Node and in LuaJIT", async () => {
  const letters = fc.stringMatching(/^[ab.%é]{0,12}$/);
  const pair = fc.tuple(fc.stringMatching(/^[ab.%é]{1,3}$/), letters);
  const one = fc.tuple(letters, fc.array(pair, { maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 100, maxLength: 100 }), async (cases) => {
      const results = await runBoth(cases.map(([text, pairs]) => call(text, pairs)));
      const expected = cases.map(([text, pairs]) =>
        bytesOf(pairs.reduce((before, [wanted, by]) => before.replaceAll(wanted, () => by), text)),
      );
      assert.deepEqual(results, expected);
    }),
    { numRuns: 10 },
  );
});
