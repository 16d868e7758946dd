import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytesOf, runLua } from "../../../test/lua/run-lua.ts";

const parse = (texts: readonly string[]) =>
  runLua(texts.map((text) => ({ module: "gateway.crypto.json-object", name: "parseJsonObject", args: [text] }))).map(
    ([value]) => value,
  );

const parseJson = (text: string): unknown => JSON.parse(text);
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

test("JSON objects are read as JSON.parse reads them", () => {
  const text = fc.string({ unit: fc.constantFrom(...'aZ09"\\/{}[]:,\0\n\x1f\x7fé€\u2028😀'), maxLength: 20 });
  const eighths = fc.integer().map((count) => count / 8);
  const value = fc.oneof(text, fc.boolean(), fc.constant(null), eighths);
  // No empty lists or objects: they are one thing in Lua.
  const list = fc.array(value, { minLength: 1, maxLength: 5 });
  const members = fc.array(fc.tuple(text, fc.oneof(value, list)), { minLength: 1, maxLength: 5 });
  const objects = fc.sample(members, 200).map((pairs) => JSON.stringify(Object.fromEntries(pairs)));
  const read = parse(objects.map(bytesOf)).map((object) => Buffer.from(JSON.stringify(object), "latin1").toString());
  assert.deepEqual(read.map(parseJson), objects.map(parseJson));
});

test("of members with one name the last counts", () => {
  assert.deepEqual(parse(['{"alg":"HS256","alg":"none"}', '{"a":1,"\\u0061":2}', '{"crit":["x"],"crit":null}']), [
    { alg: "none" },
    { a: 2 },
    { crit: null },
  ]);
});

test("white space may stand where JSON has it", () => {
  assert.deepEqual(parse([' \t\r\n{ "a" :\n1 } ']), [{ a: 1 }]);
});

test("what is no JSON object is refused, also what lua-cjson alone would take", () => {
  const texts = [
    "",
    " ",
    "null",
    "1",
    '"{}"',
    "[]",
    '[{"a":1}]',
    "{",
    "}",
    "{}{}",
    "{} x",
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    '{"a":01}',
    '{"a":0x10}',
    '{"a":nan}',
    '{"a":inf}',
    '{"a":-Infinity}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":1}\0',
    '{"a":1}\0{"b":2}',
    '\0{"a":1}',
    '{"a":"\x01"}',
    '{"a":"\\ud800"}',
    '{"a":"\\x"}',
    "\xef\xbb\xbf{}",
    Buffer.from('{"a":1}', "utf16le").toString("latin1"),
  ];
  assert.deepEqual(
    parse(texts),
    texts.map(() => null),
  );
});

test("nesting is read 32 deep and no deeper", () => {
  const [atLimit, beyond, far] = parse([nested(32), nested(33), nested(2000)]);
  assert.notEqual(atLimit, null);
  assert.deepEqual([beyond, far], [null, null]);
});
