import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeLetter, encodeLetter, type Letter } from "./letter.ts";

test("a letter comes out as it went in", () => {
  const letters: readonly Letter[] = [
    { kind: "where" },
    { kind: "here", endpoint: "[2001:db8::1]:51820" },
    { kind: "candidates", endpoints: ["192.0.2.1:51820", "192.168.1.2:51820"], reply: true },
    { kind: "where", plane: "pwx" },
    { kind: "here", endpoint: "192.0.2.1:51821", plane: "pwx" },
    { kind: "candidates", endpoints: ["192.0.2.1:51821"], reply: false, plane: "pwx" },
  ];
  for (const letter of letters) assert.deepEqual(decodeLetter(Buffer.from(encodeLetter(letter))), letter);
});

test("what is no letter is left unread, whatever it is", () => {
  const body = (value: unknown) => Buffer.concat([Buffer.from("PWPL\x01"), Buffer.from(JSON.stringify(value))]);
  const unknown = [{ kind: "other" }, { kind: "here" }, { kind: "candidates", endpoints: [1] }];
  for (const value of [null, 1, [], ...unknown, { kind: "where", plane: "pwr1" }])
    assert.equal(decodeLetter(body(value)), undefined);
  assert.equal(decodeLetter(body({ kind: "here", endpoint: "x".repeat(1_000) })), undefined);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeLetter(Buffer.from(bytes)) === undefined));
});

test("of very many candidates the first eight are taken", () => {
  const endpoints = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}:1`);
  const letter = decodeLetter(Buffer.from(encodeLetter({ kind: "candidates", endpoints, reply: false })));
  assert.equal(letter?.kind === "candidates" && letter.endpoints.length, 8);
});
