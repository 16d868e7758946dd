import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AppError } from "./errors.ts";
import { decodeAdminToken, decodeToken, encodeAdminToken, encodeToken } from "./token.ts";

const contents = {
  urls: ["https://edge.example.com:7443", "https://[2001:db8::1]:7443"],
  ca: "ab".repeat(32),
  id: "0123456789ab",
  secret: "s".repeat(43),
};

const isInvalid = (error: unknown) => error instanceof AppError && error.code === "tokenInvalid";

test("a join token says what was put into it, also with white space around", () => {
  const token = encodeToken(contents);
  assert.match(token, /^pw1\.[A-Za-z0-9_-]+$/);
  assert.deepEqual(decodeToken(` ${token}\n`), contents);
});

test("a token that was cut anywhere is refused as damaged", () => {
  const token = encodeToken(contents);
  for (let end = 0; end < token.length; end++) assert.throws(() => decodeToken(token.slice(0, end)), isInvalid);
});

test("no text whatever makes decoding throw anything but tokenInvalid", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String()), (text) => {
      for (const token of [text, `pw1.${text}`, `pw1.${Buffer.from(text).toString("base64url")}`])
        assert.throws(() => decodeToken(token), isInvalid);
    }),
  );
});

test("a control URL that is not https, and contents of the wrong kinds, are refused", () => {
  const wrong = [
    { urls: ["http://a"] },
    { urls: [] },
    { urls: "https://a" },
    { ca: "xyz" },
    { id: 7 },
    { secret: "short" },
  ];
  for (const change of wrong)
    assert.throws(() => decodeToken(encodeToken({ ...contents, ...change } as never)), isInvalid);
});

test("an administrator's token is not taken for a join token, nor the reverse", () => {
  const admin = encodeAdminToken(contents.secret);
  assert.equal(decodeAdminToken(admin), contents.secret);
  assert.throws(() => decodeToken(admin), /administrator's token/);
  assert.equal(decodeAdminToken(encodeToken(contents)), undefined);
});

test("an error about a token never repeats it", () => {
  try {
    decodeToken(`${encodeToken(contents)}!`);
    assert.fail("decoded");
  } catch (error) {
    assert.ok(!(error as Error).message.includes(encodeToken(contents).slice(4, 20)));
  }
});
