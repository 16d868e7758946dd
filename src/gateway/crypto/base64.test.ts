import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runLua } from "../../../test/lua/run-lua.ts";

const decode = (texts: readonly string[], name = "decodeBase64url") =>
  runLua(texts.map((text) => ({ module: "gateway.crypto.base64", name, args: [text] }))).map(
    ([bytes]) => bytes ?? null,
  );

/** The same by Node, which takes more: what it would not write itself is refused. */
function decodeByNode(text: string): string | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes.toString("latin1") : null;
}

const inAndOutOfAlphabet = fc.string({
  unit: fc.constantFrom(..."ABYZabyz0189-_", ..."+/=. \n\0?\xff"),
  maxLength: 24,
});
const inAlphabet = fc.string({ unit: fc.constantFrom(..."AEQgwBZaz09-_"), maxLength: 40 });
const encoded = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("base64url"));

test("base64url is read as Node writes it, and in no other form", () => {
  const texts = fc.sample(fc.oneof(encoded, inAlphabet, inAndOutOfAlphabet), 3000);
  assert.deepEqual(decode(texts), texts.map(decodeByNode));
});

test("base64url: every byte, every length of the rest, every unused bit", () => {
  const texts = [
    "",
    ..."A-_/",
    "AA",
    "AB",
    "AP",
    "AQ",
    "AAA",
    "AAB",
    "AAC",
    "AAE",
    "AAAA",
    "AAAAA",
    "AA==",
    "AAA=",
    "-_-_",
  ];
  for (let byte = 0; byte < 256; byte++)
    texts.push(`A${String.fromCharCode(byte)}AA`, Buffer.of(byte).toString("base64url"));
  assert.deepEqual(decode(texts), texts.map(decodeByNode));
});

test("base64url longer than any token's is refused", () => {
  const lengths = [8192, 8196].map((length) => decode(["A".repeat(length)])[0]);
  assert.deepEqual(lengths, ["\0".repeat(6144), null]);
});

test("padded base64 gives back the bytes of keys, and nothing for other texts", () => {
  const keys = fc.sample(fc.uint8Array({ maxLength: 100 }), 200).map((bytes) => Buffer.from(bytes));
  assert.deepEqual(
    decode(
      keys.map((key) => key.toString("base64")),
      "decodeBase64",
    ),
    keys.map((key) => key.toString("latin1")),
  );
  assert.deepEqual(decode(["A", "AAA", "A?=="], "decodeBase64"), [null, null, null]);
});
