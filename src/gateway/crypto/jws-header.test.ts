import assert from "node:assert/strict";
import { test } from "node:test";
import { runLua } from "../../../test/lua/run-lua.ts";
import { readJwsHeader } from "./jws-header.ts";

const taken = [
  { alg: "ES256" },
  { alg: "none" },
  { alg: "" },
  { alg: "RS256", kid: "one" },
  { alg: "RS256", kid: "" },
  { alg: "RS256", typ: "JWT", cty: "JWT", jwk: {}, jku: "https://evil.example", x5c: ["MII"], x5u: "x", x: 1 },
];

const refused = [
  {},
  { kid: "one" },
  { alg: null },
  { alg: 256 },
  { alg: ["RS256"] },
  { ALG: "RS256" },
  { alg: "RS256", kid: 1 },
  { alg: "RS256", kid: null },
  { alg: "RS256", kid: true },
  { alg: "RS256", kid: ["one"] },
  { alg: "RS256", kid: { one: 1 } },
  { alg: "RS256", crit: ["exp"] },
  { alg: "RS256", crit: [] },
  { alg: "RS256", crit: null },
  { alg: "RS256", b64: false, crit: ["b64"] },
  { alg: "RS256", b64: false },
  { alg: "RS256", zip: "DEF" },
  { alg: "dir", enc: "A256GCM" },
];

test("a header gives its algorithm and kid, whatever else it holds that decides nothing", () => {
  assert.deepEqual(readJwsHeader(taken[3]!), { algorithm: "RS256", kid: "one" });
  for (const header of taken) assert.equal(readJwsHeader(header)?.algorithm, header.alg);
});

test("a header without alg, with an odd kid, or that changes what is signed is refused", () => {
  for (const header of refused) assert.equal(readJwsHeader(header), undefined, JSON.stringify(header));
});

test("LuaJIT decides as Node does", () => {
  const headers = [...taken, ...refused];
  const calls = headers.flatMap((header, index) => [
    { module: "gateway.crypto.json-object", name: "parseJsonObject", args: [JSON.stringify(header)], as: `${index}` },
    { module: "gateway.crypto.jws-header", name: "readJwsHeader", args: [{ $: `${index}` }] },
  ]);
  const results = runLua(calls).filter((_result, index) => index % 2 === 1);
  assert.deepEqual(
    results.map(([header]) => header),
    headers.map((header) => JSON.parse(JSON.stringify(readJwsHeader(header) ?? null)) as unknown),
  );
});
