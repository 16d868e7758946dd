import assert from "node:assert/strict";
import { test } from "node:test";
import { asLua } from "../../../test/lua/both.ts";
import { bytesOf, runLua } from "../../../test/lua/run-lua.ts";
import type { SchemaPart } from "../../wire/body-schema.ts";
import { parseJson } from "../json/parse.ts";
import { prepareParts, validate } from "./validate.ts";

/** What is wrong with each text, in Node and in LuaJIT. */
async function faultsOf(parts: readonly SchemaPart[], texts: readonly string[]): Promise<[string, string][][]> {
  const inLua = runLua(
    texts.map((text) => ({
      module: "schema-probe",
      name: "faults",
      args: [bytesOf(JSON.stringify(parts)), bytesOf(text)],
    })),
  ).map(([faults]) => [...Object.values(faults as object)]);
  const inNode = await asLua(() =>
    texts.map((text) => {
      const parsed = parseJson(bytesOf(text));
      assert.equal(parsed.problem, undefined);
      const faults = validate(prepareParts(parts), parsed.value!, 1000 + 4 * text.length);
      return faults.map(({ pointer, detail }): [string, string] => [pointer, detail]);
    }),
  );
  assert.deepEqual(inLua, inNode, "LuaJIT (actual) and Node (expected) differ");
  return inNode;
}

/** { name: text of 1 to 3, tags?: [kind, …unique], size?: integer from 1 in steps of 5, next?: the same } and no more */
const parts: readonly SchemaPart[] = [
  {
    type: ["object"],
    required: ["name"],
    properties: { name: 1, tags: 2, size: 4, next: 0 },
    additionalProperties: 5,
  },
  { type: ["string"], minLength: 1, maxLength: 3 },
  { type: ["array"], items: 3, maxItems: 3, uniqueItems: true },
  { enum: ['"a"', "1", "null", '{"x":[1]}'] },
  { type: ["integer"], minimum: 1, maximum: 100, multipleOf: 5 },
  { nothing: true },
];

test("each fault has a pointer to its place and a few words, and nothing of the schema", async () => {
  const table: readonly (readonly [text: string, faults: readonly (readonly [string, string])[]])[] = [
    ['{"name":"abc","tags":["a",1,{"x":[1.0]}],"size":5.0,"next":{"name":"\u{1f600}\u{1f600}\u{1f600}"}}', []],
    ["[]", [["", "is of the wrong type"]]],
    ["{}", [["/name", "is missing"]]],
    ['{"name":""}', [["/name", "is too short"]]],
    ['{"name":"abcd"}', [["/name", "is too long"]]],
    ['{"name":1}', [["/name", "is of the wrong type"]]],
    ['{"name":"a","more":1}', [["/more", "is not allowed"]]],
    ['{"name":"a","m/o~re":1}', [["/m~1o~0re", "is not allowed"]]],
    ['{"name":"a","tags":["b"]}', [["/tags/0", "is none of the values it may be"]]],
    ['{"name":"a","tags":["a",{"x":[1]},{"x":[1]}]}', [["/tags/2", "is in the list already"]]],
    ['{"name":"a","size":0}', [["/size", "is too small"]]],
    [
      '{"name":"a","size":101}',
      [
        ["/size", "is too large"],
        ["/size", "is not in the steps it must be"],
      ],
    ],
    ['{"name":"a","size":5.5}', [["/size", "is of the wrong type"]]],
    [
      '{"name":"a","next":{"next":{"name":2}}}',
      [
        ["/next/name", "is missing"],
        ["/next/next/name", "is of the wrong type"],
      ],
    ],
  ];
  const found = await faultsOf(
    parts,
    table.map(([text]) => text),
  );
  assert.deepEqual(
    table.map(([text], index) => [text, found[index]]),
    table,
  );
});

test("no more than eight faults are told", async () => {
  const [faults] = await faultsOf(parts, [
    `{"name":"a",${Array.from({ length: 50 }, (_, i) => `"x${i}":0`).join(",")}}`,
  ]);
  assert.equal(faults!.length, 8);
});

test("names that JavaScript knows mean nothing", async () => {
  const [known, asked] = await faultsOf(
    [{ properties: { toString: 1, __proto__: 1 }, required: ["constructor"] }, { type: ["number"] }],
    ['{"constructor":1,"valueOf":"x","toString":1}', '{"hasOwnProperty":1}'],
  );
  assert.deepEqual(known, []);
  assert.deepEqual(asked, [["/constructor", "is missing"]]);
});

test("a document that would be tried in endless ways is refused after an amount of work that goes with its size", async () => {
  // Each level is tried twice by the one above it: 2^30 ways in all.
  const twice: readonly SchemaPart[] = [
    { anyOf: [1, 2] },
    { properties: { a: 0, z: 3 }, required: ["z"] },
    { properties: { a: 0, z: 3 }, required: ["z"] },
    {},
  ];
  const deep = `${'{"a":'.repeat(30)}1${"}".repeat(30)}`;
  const [faults] = await faultsOf(twice, [deep]);
  assert.deepEqual(faults, [["", "takes too much work to check"]]);
});
