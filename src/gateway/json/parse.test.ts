import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { asLua } from "../../../test/lua/both.ts";
import { bytesOf, runLua } from "../../../test/lua/run-lua.ts";
import { parseJson } from "./parse.ts";
import type { Json } from "./value.ts";

const accepted: readonly string[] = [
  "null",
  "true",
  " \t\r\n false ",
  "0",
  "-0",
  "10",
  "-1.5e+3",
  "1E-2",
  "123456789012345678901234567890",
  "5e-324",
  '""',
  '"a\\"\\\\\\/\\b\\f\\n\\r\\t"',
  '"caf\u00e9 \u20ac \u{1f600}"',
  '"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\\u0000"',
  "[]",
  "{}",
  "[ 1 , [ ] , { } ]",
  '{"a":1,"b":{"a":[null]},"":0,"__proto__":1,"constructor":2}',
  "[".repeat(32) + "]".repeat(32),
];
/** One byte a character. */
const refused: readonly (readonly [text: string, problem: string])[] = [
  ["", "syntax"],
  ["  ", "syntax"],
  ["nul", "syntax"],
  ["nulls", "syntax"],
  ["True", "syntax"],
  ["NaN", "syntax"],
  ["-Infinity", "syntax"],
  ["+1", "syntax"],
  ["01", "syntax"],
  ["-", "syntax"],
  ["1.", "syntax"],
  [".5", "syntax"],
  ["1e", "syntax"],
  ["1e+", "syntax"],
  ["0x10", "syntax"],
  ["1 2", "syntax"],
  ["1\0", "syntax"],
  ["1e309", "number"],
  ["-1e999", "number"],
  ['"a', "syntax"],
  ['"a\\', "syntax"],
  ['"\\x41"', "syntax"],
  ['"\\u12"', "syntax"],
  ['"\\u12g4"', "syntax"],
  ['"\n"', "syntax"],
  ['"\0"', "syntax"],
  ["'a'", "syntax"],
  ['"\\ud83d"', "encoding"],
  ['"\\ude00"', "encoding"],
  ['"\\ud83d\\u0041"', "encoding"],
  ['"\\ud83dx"', "encoding"],
  ['"\x80"', "encoding"],
  ['"\xc0\x80"', "encoding"],
  ['"\xe0\x80\x80"', "encoding"],
  ['"\xed\xa0\x80"', "encoding"],
  ['"\xf4\x90\x80\x80"', "encoding"],
  ['"\xf8\x88\x80\x80\x80"', "encoding"],
  ['"\xe2\x82"', "encoding"],
  ["\xef\xbb\xbf{}", "syntax"],
  ["[1,]", "syntax"],
  ["[,1]", "syntax"],
  ["[1", "syntax"],
  ["[1}", "syntax"],
  ["{", "syntax"],
  ['{"a"}', "syntax"],
  ['{"a":}', "syntax"],
  ['{"a":1,}', "syntax"],
  ["{a:1}", "syntax"],
  ["{1:1}", "syntax"],
  ['{"a":1 "b":2}', "syntax"],
  ["/* */1", "syntax"],
  ["1//", "syntax"],
  ['{"a":1,"a":1}', "duplicate"],
  ['{"a":1,"\\u0061":2}', "duplicate"],
  ['[{"x":{"b":0,"b":0}}]', "duplicate"],
  ["[".repeat(33) + "]".repeat(33), "depth"],
  [`${'{"a":'.repeat(33)}1${"}".repeat(33)}`, "depth"],
  ["[".repeat(100_000), "depth"],
];

/** As JSON.parse gives it, texts one byte a character. */
function plain(value: Json): unknown {
  if (typeof value !== "object") return value;
  if (value.kind === "null") return null;
  if (value.kind === "array") return value.items.map(plain);
  return byName(value.names.map((name) => [name, plain(value.members[name]!)]));
}

/** JavaScript puts names that are whole numbers first. */
const byName = (entries: readonly (readonly [string, unknown])[]) =>
  entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

const asEntries = (value: unknown): unknown => {
  if (typeof value === "string") return bytesOf(value);
  if (Array.isArray(value)) return value.map(asEntries);
  if (typeof value !== "object" || value === null) return value;
  return byName(Object.entries(value).map(([name, one]) => [bytesOf(name), asEntries(one)]));
};

/** What json-probe.lua tells, back in JSON's own kinds. */
function untold(told: unknown): unknown {
  if (!Array.isArray(told)) return told;
  const [kind, ...parts] = told as [string, ...unknown[]];
  if (kind === "n") return Number(parts[0]);
  if (kind === "a") return parts.map(untold);
  return byName((parts as [string, unknown][]).map(([name, value]) => [name, untold(value)]));
}

const inLua = (texts: readonly string[]) =>
  runLua(texts.map((text) => ({ module: "json-probe", name: "read", args: [text] }))).map(([told]) => untold(told));
const inNode = (texts: readonly string[]) => asLua(() => texts.map((text) => parseJson(text)));

test("what JSON.parse reads is read alike, in Node and in LuaJIT", async () => {
  const texts = accepted.map(bytesOf);
  const expected = accepted.map((text) => asEntries(JSON.parse(text)));
  const read = (await inNode(texts)).map((one) => (one.problem === undefined ? plain(one.value) : one));
  assert.deepEqual(read, expected);
  assert.deepEqual(inLua(texts), expected);
});

test("what two readers could take for two things is refused, with its reason", async () => {
  const texts = refused.map(([text]) => text);
  const inBoth = [await inNode(texts), inLua(texts) as { problem?: string }[]];
  for (const results of inBoth)
    assert.deepEqual(
      texts.map((text, index) => [text.slice(0, 80), results[index]!.problem]),
      refused.map(([text, problem]) => [text.slice(0, 80), problem]),
    );
});

test("any value that is written is read as it was, and a text with a byte changed as JSON.parse reads it", async () => {
  const samples = fc.sample(fc.json({ maxDepth: 5 }), 300).map(bytesOf);
  const changed = fc.sample(fc.tuple(fc.constantFrom(...samples), fc.nat(), fc.integer({ min: 1, max: 127 })), 2000);
  const texts = [
    ...samples,
    ...changed.map(([text, at, code]) => {
      const place = at % Math.max(1, text.length);
      return text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
    }),
  ];
  const results = inLua(texts) as { problem?: string }[];
  for (const [index, text] of texts.entries()) {
    const result = results[index]!;
    const decoded = Buffer.from(text, "latin1");
    const reference = parsedBy(() =>
      JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decoded)),
    );
    if (reference === undefined) assert.notEqual(result?.problem, undefined, text);
    else if (result?.problem === undefined) assert.deepEqual(result, asEntries(reference.value), text);
    else assert.ok(["duplicate", "number", "encoding"].includes(result.problem), text);
  }
});

function parsedBy(read: () => unknown): { readonly value: unknown } | undefined {
  try {
    return { value: read() };
  } catch {
    return undefined;
  }
}
