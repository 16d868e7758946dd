import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runPlugin } from "../../../test/lua/plugins.ts";
import type { QueryEditsConfig } from "../../wire/edge-plugins.ts";

function edited(change: Partial<QueryEditsConfig>, queries: readonly string[], headers: Record<string, string> = {}) {
  const config = { rename: [], set: [], add: [], remove: [], ...change };
  const requests = queries.map((args) => ({ variables: { args }, headers }));
  return runPlugin("query", config, requests).map(({ args }) => args);
}

test("remove takes out every parameter of the name, however it is spelt, and leaves the rest byte by byte", () => {
  const queries = ["a=1&b=2&a=3", "%61=1&b=%2f", "a", "aa=1&A=2&b=a", "", "b=1&&c"];
  assert.deepEqual(edited({ remove: ["a"] }, queries), ["b=2", "b=%2f", "", "aa=1&A=2&b=a", "", "b=1&&c"]);
});

test("set replaces all of the name, add keeps them, rename keeps values as they were", () => {
  assert.deepEqual(edited({ set: [["v", "2"]] }, ["v=1&x=0&v", "", "x"]), ["x=0&v=2", "v=2", "x&v=2"]);
  assert.deepEqual(edited({ add: [["v", "2"]] }, ["v=1", ""]), ["v=1&v=2", "v=2"]);
  assert.deepEqual(edited({ rename: [["old", "n w"]] }, ["old=%41+b&old", "x=old"]), ["n%20w=%41+b&n%20w", "x=old"]);
});

test("values of templates are encoded, so that none makes a parameter of its own; without one there is none", () => {
  const set = [["t", ["id ", { from: "header", name: "x-t" }]]] as const;
  assert.deepEqual(edited({ set }, ["t=client"], { "x-t": "a&admin=1#?+%41" }), ["t=id%20a%26admin%3D1%23%3F%2B%2541"]);
  assert.deepEqual(edited({ set }, ["t=client&x=1"]), ["x=1"]);
});

test("a form's reader sees the same parameters but for the edit, whatever the query", () => {
  const queries = fc
    .sample(fc.stringMatching(/^[abk=&+%0-9]{0,20}$/), 300)
    .filter((one) => /^(?:[^%]|%[0-7]\d)*$/.test(one));
  const results = edited({ remove: ["a"], set: [["k", "v"]] }, queries);
  for (const [index, result] of results.entries()) {
    const expected = [...new URLSearchParams(queries[index])].filter(([name]) => name !== "a" && name !== "k");
    assert.deepEqual([...new URLSearchParams(result)], [...expected, ["k", "v"]], queries[index]!);
  }
});
