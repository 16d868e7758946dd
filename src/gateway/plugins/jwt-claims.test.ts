import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runLua } from "../../../test/lua/run-lua.ts";
import type { JwtConfig } from "../../wire/edge-plugins.ts";
import { type Claims, judgeClaims, type Rejection } from "./jwt-claims.ts";

const now = 1_700_000_000;
const open: JwtConfig = { audience: [], skewSeconds: 0, keys: "k" };
const skewed: JwtConfig = { ...open, skewSeconds: 30 };
const strict: JwtConfig = { ...open, issuer: "https://id.example/", audience: ["orders", "stock"] };
const exp = now + 60;
const mine = { exp, iss: "https://id.example/", aud: "orders" };

type Case = readonly [config: JwtConfig, claims: Claims, rejection: Rejection | undefined];

const times: readonly Case[] = [
  [open, {}, "malformed"],
  [open, { exp }, undefined],
  [open, { exp: now + 0.001 }, undefined],
  [open, { exp: now }, "expired"],
  [open, { exp: now - 0.5 }, "expired"],
  [open, { exp: 0 }, "expired"],
  [open, { exp: -1 }, "expired"],
  [open, { exp: 2 ** 53 }, undefined],
  [open, { exp: 2 ** 54 }, "malformed"],
  [open, { exp: 1e300 }, "malformed"],
  [open, { exp: -1e300 }, "malformed"],
  [open, { exp: `${exp}` }, "malformed"],
  [open, { exp: null }, "malformed"],
  [open, { exp: true }, "malformed"],
  [open, { exp: [exp] }, "malformed"],
  [open, { exp: { value: exp } }, "malformed"],
  [skewed, { exp: now - 29.9 }, undefined],
  [skewed, { exp: now - 30 }, "expired"],
  [open, { exp, nbf: now }, undefined],
  [open, { exp, nbf: now + 0.5 }, "notYet"],
  [open, { exp, nbf: now - 1e9 }, undefined],
  [open, { exp, nbf: `${now}` }, "malformed"],
  [open, { exp, nbf: null }, "malformed"],
  [open, { exp, nbf: -1e300 }, "malformed"],
  [skewed, { exp, nbf: now + 30 }, undefined],
  [skewed, { exp, nbf: now + 30.1 }, "notYet"],
  [open, { exp, iat: now }, undefined],
  [open, { exp, iat: now + 1 }, "notYet"],
  [open, { exp, iat: "yesterday" }, "malformed"],
  [skewed, { exp, iat: now + 30 }, undefined],
  [open, { exp: now - 1, nbf: now + 1 }, "expired"],
];

const names: readonly Case[] = [
  [strict, mine, undefined],
  [strict, { ...mine, aud: "stock" }, undefined],
  [strict, { ...mine, aud: ["x", "orders"] }, undefined],
  [strict, { ...mine, aud: [7, "orders"] }, undefined],
  [strict, { ...mine, aud: "Orders" }, "audience"],
  [strict, { ...mine, aud: "orders " }, "audience"],
  [strict, { ...mine, aud: "orders,stock" }, "audience"],
  [strict, { ...mine, aud: "" }, "audience"],
  [strict, { ...mine, aud: ["x", "y"] }, "audience"],
  [strict, { ...mine, aud: [["orders"]] }, "audience"],
  [strict, { ...mine, aud: { 0: "orders" } }, "audience"],
  [strict, { ...mine, aud: { 1: "orders" } }, "audience"],
  [strict, { ...mine, aud: { orders: true } }, "audience"],
  [strict, { ...mine, aud: [] }, "audience"],
  [strict, { ...mine, aud: null }, "audience"],
  [strict, { ...mine, aud: 7 }, "audience"],
  [strict, { exp, iss: mine.iss }, "audience"],
  [strict, { ...mine, iss: "https://id.example" }, "issuer"],
  [strict, { ...mine, iss: "HTTPS://id.example/" }, "issuer"],
  [strict, { ...mine, iss: ["https://id.example/"] }, "issuer"],
  [strict, { ...mine, iss: null }, "issuer"],
  [strict, { exp, aud: "orders" }, "issuer"],
  [open, { ...mine, iss: 7, aud: 7 }, undefined],
  [open, { exp, sub: "a" }, undefined],
  [open, { exp, sub: "" }, undefined],
  [open, { exp, sub: 7 }, "malformed"],
  [open, { exp, sub: null }, "malformed"],
  [open, { exp, sub: ["a"] }, "malformed"],
];

test("exp must be there and lie ahead, nbf and iat behind, all as numbers, give or take the skew", () => {
  for (const [config, claims, rejection] of times) {
    assert.equal(judgeClaims(claims, config, now).rejection, rejection, JSON.stringify(claims));
  }
});

test("iss is the issuer to the letter, aud holds one of the audience, sub is a text", () => {
  for (const [config, claims, rejection] of names) {
    assert.equal(judgeClaims(claims, config, now).rejection, rejection, JSON.stringify(claims));
  }
});

test("a token that is accepted gives its subject", () => {
  assert.equal(judgeClaims({ exp, sub: "user-7" }, open, now).subject, "user-7");
  assert.equal(judgeClaims({ exp }, open, now).subject, undefined);
});

test("a token is accepted or refused until the verdict's time, and at an accepted one's time it has expired", () => {
  const second = fc.integer({ min: -200, max: 200 }).map((offset) => now + offset / 4);
  const claims = fc.record({ exp: second, nbf: second, iat: second }, { requiredKeys: ["exp"] });
  fc.assert(
    fc.property(claims, fc.integer({ min: 0, max: 40 }), (given, skewSeconds) => {
      const config = { ...open, skewSeconds };
      const { rejection, untilSeconds } = judgeClaims(given, config, now);
      assert.ok(untilSeconds > now);
      const justBefore = judgeClaims(given, config, untilSeconds - 0.001);
      assert.equal(justBefore.rejection === undefined, rejection === undefined);
      if (rejection === undefined) assert.equal(judgeClaims(given, config, untilSeconds).rejection, "expired");
      else assert.ok(untilSeconds <= now + 10);
    }),
  );
});

test("LuaJIT judges as Node does", () => {
  const cases = [...times, ...names];
  const calls = cases.flatMap(([config, claims], index) => [
    { module: "gateway.crypto.json-object", name: "parseJsonObject", args: [JSON.stringify(claims)], as: `${index}` },
    { module: "gateway.plugins.jwt-claims", name: "judgeClaims", args: [{ $: `${index}` }, config, now] },
  ]);
  const inLua = runLua(calls).filter((_result, index) => index % 2 === 1);
  // lua-cjson writes 14 digits.
  const inNode = cases.map(([config, claims]) => {
    const { untilSeconds, ...verdict } = judgeClaims(claims, config, now);
    return JSON.stringify({ ...verdict, untilSeconds: Number(untilSeconds.toPrecision(14)) });
  });
  assert.deepEqual(
    inLua.map(([verdict]) => verdict),
    inNode.map((verdict) => JSON.parse(verdict) as unknown),
  );
});
