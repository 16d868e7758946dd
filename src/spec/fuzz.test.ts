import { test } from "node:test";
import fc from "fast-check";
import { anyBytes, anyDocument } from "../../test/spec/documents.ts";
import { editsSafely, readsSafely } from "../../test/spec/survives.ts";

// test/long/spec-fuzz.test.ts reads 100,000.
test("no document crashes the parser", () => {
  fc.assert(fc.property(anyDocument, readsSafely), { numRuns: 3000 });
});

test("no document crashes the formatter or expose, and neither changes what it says", () => {
  fc.assert(fc.property(anyDocument, editsSafely), { numRuns: 400 });
});

test("no bytes crash the parser", () => {
  fc.assert(fc.property(anyBytes, readsSafely), { numRuns: 500 });
});
