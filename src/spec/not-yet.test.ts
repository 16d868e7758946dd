import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readDocument } from "./document.ts";
import { expand, findNotYet, later } from "./not-yet.ts";

function goldenValue(name: string): unknown {
  return readDocument(readFileSync(new URL(`../../test/golden/spec/${name}.yaml`, import.meta.url), "utf8")).document
    ?.value;
}

test("what the design's example asks for and cannot have yet is found, and nothing else", () => {
  assert.deepEqual(
    findNotYet(goldenValue("design")).findings.map((one) => one.path.join(".")),
    ["routes.0.use.cache", "routes.0.use.jwt.jwks", "tls.acme"],
  );
  assert.deepEqual(findNotYet(goldenValue("full")).findings, []);
});

test("every part is refused in test/golden/spec/not-yet.yaml, with the message that stands beside it", () => {
  const found = new Set(
    findNotYet(goldenValue("not-yet")).findings.map(({ path, message }) => `${path.join(".")} ${message}`),
  );
  const unseen = later.filter(({ at, part }) => {
    const places = expand(at).map((place) => place.replaceAll(".", "\\.").replaceAll("*", "[^. ]+"));
    const refusal = new RegExp(`^(?:${places.join("|")}) not supported yet: ${part}$`);
    return ![...found].some((one) => refusal.test(one));
  });
  assert.deepEqual(
    unseen.map(({ at }) => at),
    [],
  );
});

test("every part has a name and a hint, and no two entries are the same", () => {
  assert.equal(new Set(later.map((entry) => entry.at)).size, later.length);
  for (const { at, part, hint } of later) assert.ok(part && hint, at);
});

test("a value of any shape is searched without harm", () => {
  for (const value of [null, 5, "x", [], [[]], { hosts: 5 }, { hosts: [null] }, { routes: { a: { use: [] } } }])
    assert.deepEqual(findNotYet(value).findings, []);
});
