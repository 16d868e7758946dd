import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { withoutSecrets } from "./redact.ts";

const key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

suite("withoutSecrets takes out", () => {
  for (const [what, text, expected] of [
    ["WireGuard's keys", `PrivateKey = ${key}\nPublicKey = ${key}`, `PrivateKey = [removed]\nPublicKey = ${key}`],
    ["keys in JSON", `{"privateKey": "${key}"}`, `{"privateKey": "[removed]"}`],
    ["PEM keys", "a\n-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----\nb", "a\n[removed]\nb"],
    ["a PEM key that is cut off", "a -----BEGIN PRIVATE KEY-----\nabc", "a [removed]"],
    ["tokens of Portway", `pwa1.${"s".repeat(43)} pw1.${"e".repeat(90)} x`, "[removed] [removed] x"],
    ["JSON Web Tokens", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln.", "got [removed]"],
    ["authorization headers", "Authorization: Basic dTpw\r\nHost: a", "Authorization: [removed]\r\nHost: a"],
    ["passwords in URLs", "to https://user:pass@a.example.com/x", "to https://[removed]a.example.com/x"],
    ["queries in nginx's error log", 'request: "GET /a?token=x HTTP/1.1"', 'request: "GET /a?[removed] HTTP/1.1"'],
    ["certificates not", "-----BEGIN CERTIFICATE-----\nabc", "-----BEGIN CERTIFICATE-----\nabc"],
  ] as const)
    test(what, () => assert.equal(withoutSecrets(text, []), expected));

  test("each known secret, wherever it stands", () => {
    const secret = fc.string({ minLength: 16, maxLength: 40 });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (one, before, after) => {
        assert.ok(!withoutSecrets(before + one + after, [one]).includes(one));
      }),
    );
  });
});
