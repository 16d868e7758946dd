import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { keyFor, type Signer, tokenBy } from "../../../test/lua/jws.ts";
import { type LuaCall, runLua } from "../../../test/lua/run-lua.ts";
import type { VerificationKey } from "../../wire/edge.ts";
import type { JwtConfig } from "../../wire/edge-plugins.ts";
import type { Verdict } from "./jwt-claims.ts";

const now = 1_700_000_000;
const pair = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const config: JwtConfig = { audience: ["orders"], skewSeconds: 5, keys: "k" };
const key = keyFor(pair, ["EdDSA"], "one");

function bearer(claims: object, signer: Signer = pair, header: object = { alg: "EdDSA", kid: "one" }): string {
  return `Bearer ${tokenBy(signer, "EdDSA", header, JSON.stringify(claims))}`;
}

const good = { aud: "orders", exp: now + 60, sub: "user-7" };

function makeCheck(as: string, keys: readonly VerificationKey[], checkConfig = config): LuaCall[] {
  return [
    { module: "gateway.crypto.verification-keys", name: "loadKeys", args: [{ keys }], as: "keys" },
    { module: "gateway.plugins.jwt-verdict", name: "createTokenCheck", args: [checkConfig, { $: "keys" }], as },
  ];
}

const ask = (authorization: string, at = now, check = "check"): LuaCall => ({
  module: "gateway.plugins.jwt-verdict",
  name: "verdictOn",
  args: [{ $: check }, authorization, at],
});

/** The verdicts on what is asked, in order: rejection or subject. */
function answers(calls: readonly LuaCall[]): (string | undefined)[] {
  const verdicts = runLua([...makeCheck("check", [key]), ...calls]).filter((result) => result.length > 0);
  return verdicts.map(([verdict]) => {
    const { rejection, subject } = verdict as Verdict;
    return rejection ?? subject;
  });
}

test("a good token is accepted with its subject, again and again, until it ends", () => {
  const token = bearer(good);
  const times = [0, 1, 30, 64.9, 65, 66, 1000].map((after) => ask(token, now + after));
  assert.deepEqual(answers(times), ["user-7", "user-7", "user-7", "user-7", "expired", "expired", "expired"]);
});

test("the scheme is Bearer in any case; any other is as good as no token", () => {
  const token = bearer(good).slice("Bearer ".length);
  const texts = [
    `bearer ${token}`,
    `BEARER  ${token}`,
    `Basic ${token}`,
    token,
    "",
    " ",
    `Bearer${token}`,
    "Bearers x",
  ];
  assert.deepEqual(answers(texts.map((text) => ask(text))), [
    "user-7",
    "user-7",
    "missing",
    "missing",
    "missing",
    "missing",
    "missing",
    "missing",
  ]);
  const malformed = [
    "Bearer",
    "Bearer ",
    "Bearer x",
    `Bearer ${token} `,
    `Bearer ${token},${token}`,
    `Bearer ${token}, Bearer ${token}`,
  ];
  assert.deepEqual(new Set(answers(malformed.map((text) => ask(text)))), new Set(["malformed"]));
});

test("each reason has its word", () => {
  assert.deepEqual(
    answers([
      ask(bearer({ ...good, exp: now - 5 })),
      ask(bearer({ ...good, nbf: now + 6 })),
      ask(bearer({ ...good, aud: "stock" })),
      ask(bearer({ ...good, exp: undefined })),
      ask(bearer([good])),
      ask(bearer(good, other)),
      ask(bearer(good, pair, { alg: "EdDSA", kid: "two" })),
      ask(bearer(good, pair, { alg: "ES256", kid: "one" })),
      ask(
        `Bearer ${tokenBy(pair, "EdDSA", { alg: "EdDSA" }, `{"a":${"[".repeat(50)}${"]".repeat(50)},${JSON.stringify(good).slice(1)}`)}`,
      ),
      ask(`Bearer ${tokenBy(pair, "EdDSA", { alg: "EdDSA", cty: "JWT" }, bearer(good).slice("Bearer ".length))}`),
    ]),
    [
      "expired",
      "notYet",
      "audience",
      "malformed",
      "malformed",
      "signature",
      "noKey",
      "algorithm",
      "malformed",
      "malformed",
    ],
  );
});

test("a token that is not valid yet is accepted from its time on, though it was refused a moment before", () => {
  const token = bearer({ ...good, nbf: now + 8 });
  assert.deepEqual(answers([0, 2.9, 3, 4].map((after) => ask(token, now + after))), [
    "notYet",
    "notYet",
    "user-7",
    "user-7",
  ]);
});

test("other keys or another configuration judge anew what was accepted, and what was refused", () => {
  const token = bearer(good);
  const renewed = keyFor(other, ["EdDSA"], "one");
  assert.deepEqual(
    answers([
      ask(token),
      ...makeCheck("rotated", [renewed]),
      ask(token, now, "rotated"),
      ask(bearer(good, other), now, "check"),
      ask(bearer(good, other), now, "rotated"),
      ...makeCheck("removed", []),
      ask(token, now, "removed"),
      ...makeCheck("elsewhere", [key], { ...config, audience: ["stock"] }),
      ask(token, now, "elsewhere"),
      ask(token),
    ]),
    ["user-7", "signature", "signature", "user-7", "noKey", "audience", "user-7"],
  );
});

test("the claims that the configuration names are kept as text, where they are plain", () => {
  const claims = {
    tenant: "acme",
    age: 7,
    big: 2 ** 53,
    part: 1.5,
    admin: true,
    list: ["a"],
    evil: "a\r\nX: b",
    none: null,
  };
  const names = [...Object.keys(claims), "missing"];
  const calls = [
    ...makeCheck("check", [key], { ...config, claims: names }),
    ask(bearer({ ...good, ...claims })),
    ask(bearer({ ...good, ...claims })),
    ask(bearer({ ...good, aud: "other", tenant: "acme" })),
  ];
  const verdicts = runLua(calls).filter((result) => result.length > 0) as [Verdict][];
  const kept = { tenant: "acme", age: "7", big: "9007199254740992", admin: "true" };
  assert.deepEqual(
    verdicts.map(([verdict]) => verdict.claims),
    [kept, kept, undefined],
  );
});
