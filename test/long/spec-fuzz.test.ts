//   100,000 documents ──▶ parseSpec ──▶ a Spec or issues that can be shown, never a crash, never a hang
//
// Half of them are real files with cuts, copies and insertions; the rest are trees made of the file's own words, and noise.
import { test } from "node:test";
import fc from "fast-check";
import { anyDocument } from "../spec/documents.ts";
import { editsSafely, readsSafely } from "../spec/survives.ts";

test("100,000 random or mutated documents never crash the parser", () => {
  fc.assert(fc.property(anyDocument, readsSafely), { numRuns: 100_000 });
});

test("5,000 of them never crash the formatter or expose, and neither changes what they say", () => {
  fc.assert(fc.property(anyDocument, editsSafely), { numRuns: 5_000 });
});
