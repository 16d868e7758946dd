// What must hold for any document at all.
import assert from "node:assert/strict";
import { exposeService } from "../../src/spec/expose.ts";
import { formatSpec } from "../../src/spec/format.ts";
import { Fault } from "../../src/spec/issue.ts";
import { parseSpec } from "../../src/spec/parse.ts";

/** Reads a document: nothing throws, and every issue can be shown. */
export function readsSafely(input: string | Uint8Array): void {
  const { spec, issues } = parseSpec(input);
  assert.equal(
    spec === undefined,
    issues.some((issue) => issue.severity === "error"),
  );
  const lines = typeof input === "string" ? input.split("\n").length : Number.POSITIVE_INFINITY;
  for (const issue of issues) {
    assert.ok(issue.line >= 1 && issue.line <= lines && issue.column >= 1, JSON.stringify(issue));
    assert.match(issue.message, /^\P{Cc}{1,400}$/u);
    assert.match(issue.hint, /^\P{Cc}{1,400}$/u);
  }
}

/** Formats and edits a document: nothing throws, formatting twice is formatting once, and the meaning stays. */
export function editsSafely(text: string): void {
  const formatted = formatSpec(text).text;
  if (formatted === undefined) return;
  assert.equal(formatSpec(formatted).text, formatted, "formatting twice is formatting once");
  const { spec } = parseSpec(text);
  if (!spec) return;
  assert.deepEqual(parseSpec(formatted).spec, spec, "formatting keeps the meaning");
  const host = Object.keys(spec.hosts)[0];
  if (host === undefined) return;
  const exposed = exposeService(text, { host, port: 8080, hostname: "exposed.example.com" });
  if (exposed instanceof Fault) return;
  assert.equal(parseSpec(exposed.text).spec?.routes.at(-1)?.hosts[0], "exposed.example.com");
}
