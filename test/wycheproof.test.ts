// Project Wycheproof's vectors through the whole path of a key and a token: JWK → the edge's keys → nginx's verifier, as
// compiled, in LuaJIT. What differs from the vectors is in vectors/wycheproof-exceptions.json with its reason, and nowhere else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Jwk, readKeys } from "../src/edge/keys.ts";
import { type LuaCall, runLua } from "./lua/run-lua.ts";

interface JwkSet {
  readonly keys: readonly Jwk[];
}

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid";
  readonly jws?: unknown;
  readonly jwe?: unknown;
}

interface Group {
  readonly comment: string;
  readonly public?: Jwk | JwkSet;
  readonly private: Jwk | JwkSet;
  readonly tests: readonly Vector[];
}

interface Exception {
  readonly file: string;
  readonly group: string;
  readonly tests: readonly number[];
  readonly kind: "verifiesWithoutAlg" | "sameAsValid" | "refused";
  readonly sameAs?: number;
  readonly reason: string;
}

interface Case {
  readonly file: string;
  readonly group: Group;
  readonly vector: Vector;
}

const files = ["json_web_signature_test", "json_web_key_test", "json_web_crypto_test"];
const readJson = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), "utf8"));
const groupsOf = (file: string) => (readJson(`wycheproof/${file}`) as { testGroups: readonly Group[] }).testGroups;
const cases: readonly Case[] = files.flatMap((file) =>
  groupsOf(file).flatMap((group) => group.tests.map((vector) => ({ file, group, vector }))),
);
const exceptions = readJson("wycheproof-exceptions") as readonly Exception[];

const isSet = (jwk: Jwk | JwkSet): jwk is JwkSet => "keys" in jwk;
const jwksOf = ({ group }: Case): readonly Jwk[] => {
  const given = group.public ?? group.private;
  return isSet(given) ? given.keys : [given];
};
const tokenOf = ({ vector }: Case) => {
  const token = vector.jws ?? vector.jwe;
  return typeof token === "string" ? token : JSON.stringify(token);
};
const idOf = ({ file, group, vector }: Case) => `${file} ${group.comment} ${vector.tcId}`;

/** Whether each token verifies with its keys; `change` may edit a JWK before. */
function verifyAll(chosen: readonly Case[], change = (jwk: Jwk) => jwk): boolean[] {
  const calls = chosen.flatMap((one, index): LuaCall[] => {
    const { object } = readKeys(jwksOf(one).map(change));
    return [
      { module: "gateway.crypto.verification-keys", name: "loadKeys", args: [object], as: `${index}` },
      { module: "gateway.crypto.jws", name: "verifyJws", args: [{ $: `${index}` }, tokenOf(one)] },
    ];
  });
  const results = runLua(calls).filter((_result, index) => index % 2 === 1);
  return results.map(([payload]) => payload !== null);
}

test("every vector is decided as Wycheproof says, but for those listed with a reason", (t) => {
  const verified = verifyAll(cases);
  const differing = cases.filter(({ vector }, index) => verified[index] !== (vector.result === "valid"));
  const listed = exceptions.flatMap(({ file, group, tests }) => tests.map((tcId) => `${file} ${group} ${tcId}`));
  assert.deepEqual(differing.map(idOf), listed);
  assert.deepEqual(
    files.map((file) => cases.filter((one) => one.file === file).length),
    [401, 26, 83],
  );
  const counts = { valid: 0, invalid: 0 };
  for (const one of cases) if (!differing.includes(one)) counts[one.vector.result]++;
  t.diagnostic(
    `${counts.valid} valid vectors pass, ${counts.invalid} invalid ones are refused, ${listed.length} differ:`,
  );
  for (const { file, tests, reason } of exceptions) t.diagnostic(`${file} ${tests.join(", ")}: ${reason}`);
});

test("the listed vectors differ for the reason that is given", () => {
  const casesOf = ({ file, group, tests }: Exception) =>
    cases.filter((one) => one.file === file && one.group.comment === group && tests.includes(one.vector.tcId));
  const withoutAlg = ({ alg: _alg, ...jwk }: Record<string, unknown>): Jwk => jwk;
  for (const exception of exceptions) {
    const chosen = casesOf(exception);
    assert.equal(chosen.length, exception.tests.length, exception.reason);
    const { kind, sameAs } = exception;
    if (kind === "verifiesWithoutAlg") assert.ok(verifyAll(chosen, withoutAlg).every(Boolean), exception.reason);
    else if (kind === "refused")
      assert.ok(
        chosen.every(({ vector }) => vector.result === "valid"),
        exception.reason,
      );
    else {
      const valid = casesOf({ ...exception, tests: [sameAs!] })[0]!;
      assert.equal(valid.vector.result, "valid");
      for (const one of chosen) assert.equal(tokenOf(one), tokenOf(valid), exception.reason);
    }
  }
});
