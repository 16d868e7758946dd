import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { prefixEnd, rangeOf } from "./keys.ts";

const bytewise = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));
const text = fc.string({
  unit: fc.constantFrom("a", "%", "_", "\0", "ÿ", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"),
});

test("a string starts with a prefix exactly when its bytes lie between the prefix and its end", () => {
  const property = fc.property(text, text, fc.boolean(), (prefix, other, below) => {
    const key = below ? prefix + other : other;
    const end = prefixEnd(prefix);
    const between = bytewise(prefix, key) <= 0 && (end === undefined || bytewise(key, end) < 0);
    assert.equal(between, key.startsWith(prefix));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test("the ends of prefixes are well-formed, and the last ones have none", () => {
  assert.deepEqual(["a", "hosts/", "ÿ", "\ud7ff", "a\u{10ffff}"].map(prefixEnd), ["b", "hosts0", "Ā", "\ue000", "b"]);
  assert.deepEqual(["", "\u{10ffff}", "\u{10ffff}\u{10ffff}"].map(prefixEnd), [undefined, undefined, undefined]);
});

test("a page begins right behind the key it names", () => {
  assert.deepEqual(rangeOf("a/", { after: "a/5" }), { from: "a/5\0", to: "a0" });
  assert.deepEqual(rangeOf("a/", { after: "a/5", descending: true }), { from: "a/", to: "a/5" });
});
