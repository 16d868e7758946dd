import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleSpec } from "./example.ts";
import { formatSpec } from "./format.ts";
import { parseSpec } from "./parse.ts";

const example = exampleSpec({ network: "acme", edge: "edge-1", endpoint: "203.0.113.1:51820" });
/** The example with every line of code that is a comment taken in. */
const whole = example.replace(/^( *)#(?! \S)/gm, "$1");

test("the example is valid without a warning and in canonical form", () => {
  assert.deepEqual(parseSpec(example).issues, []);
  assert.equal(formatSpec(example).text, example);
});

test("so is what its comments show", () => {
  const { spec, issues } = parseSpec(whole);
  assert.deepEqual(issues, []);
  assert.deepEqual(
    spec?.routes.map((route) => route.name),
    ["orders"],
  );
  assert.equal(formatSpec(whole).text, whole);
});

test("an IPv6 endpoint is quoted", () => {
  const text = exampleSpec({ network: "acme", edge: "edge-1", endpoint: "[2001:db8::1]:51820" });
  assert.deepEqual(parseSpec(text).spec?.hosts["edge-1"]?.endpoint, { host: "2001:db8::1", port: 51820 });
});
