import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type PluginRequest, runPlugin } from "../../../test/lua/plugins.ts";
import type { TemplateValue } from "../../wire/edge-plugins.ts";

const route = { paths: [{ kind: "prefix", path: "/users/{id}" }] };
const template: TemplateValue = ["/v2/u-", { from: "path", name: "id" }, "/", { from: "header", name: "x-part" }];

/** What the target is asked for, or the refusal. */
const sent = (path: TemplateValue, requests: readonly PluginRequest[]) =>
  runPlugin("path", { path }, requests).map(({ status, reason, uri }) => (status === 0 ? uri : `${status} ${reason}`));
const asking = (path: string, part: string): PluginRequest => ({
  headers: { "x-part": part },
  record: { route, path },
});

test("the path is made of the template's text and the request's values", () => {
  assert.deepEqual(sent(template, [asking("/users/7/orders", "a b"), asking("/users/caf\xc3\xa9", "x?y#z")]), [
    "/v2/u-7/a b",
    "/v2/u-caf\xc3\xa9/x?y#z",
  ]);
  assert.deepEqual(sent("/fixed", [asking("/users/7", "")]), ["/fixed"]);
});

test("a value that is missing, or that is more than a part of a segment, refuses the request", () => {
  const parts = ["", ".", "..", "a/b", "/", "a\\b", "a;b", "%2e", "%", "\x01", "\x7f", "x".repeat(1025)];
  assert.deepEqual(
    sent(
      template,
      parts.map((part) => asking("/users/7", part)),
    ),
    parts.map(() => "400 template"),
  );
  assert.deepEqual(sent(template, [{ record: { route, path: "/users/7" } }, asking("/users", "a")]), [
    "400 template",
    "400 template",
  ]);
  assert.deepEqual(sent(["/", { from: "header", name: "x-part" }, "./x"], [asking("/", ".")]), ["400 template"]);
});

test("whatever the value, the path has the template's segments and no other", () => {
  const value = fc.string({ unit: fc.constantFrom(..."ab./\\;%2e?# \x00\xe9"), maxLength: 6 });
  const values = fc.sample(value, 2000);
  const results = sent(
    template,
    values.map((part) => asking("/users/7", part)),
  );
  for (const result of results) {
    if (result === "400 template") continue;
    assert.match(result!, /^\/v2\/u-7\/(?:(?![/\\;%])\P{Cc})+$/u);
    assert.doesNotMatch(result!, /\/\.{1,2}$/);
  }
  assert.ok(results.some((result) => result !== "400 template"));
});
