import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { VerificationKey } from "../wire/edge.ts";
import { type Jwk, jwksOf, readKeys } from "./keys.ts";

const jwkOf = (key: KeyObject): Jwk => key.export({ format: "jwk" }) as Jwk;
const rsa = jwkOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);
const ec = jwkOf(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey);
const ed = jwkOf(generateKeyPairSync("ed25519").publicKey);
const oct = (bytes: number): Jwk => ({ kty: "oct", k: Buffer.alloc(bytes, 7).toString("base64url") });

function onlyKey(jwk: Jwk): VerificationKey {
  const { object, problems } = readKeys([jwk]);
  assert.deepEqual(problems, []);
  return object.keys[0]!;
}

describe("keys for nginx", () => {
  test("have the algorithms that type and curve allow, and the one that alg names", () => {
    assert.deepEqual(onlyKey(rsa).algorithms, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
    assert.deepEqual(onlyKey({ ...rsa, alg: "PS384" }).algorithms, ["PS384"]);
    assert.deepEqual(onlyKey(ec).algorithms, ["ES384"]);
    assert.deepEqual(onlyKey(ed).algorithms, ["EdDSA"]);
    assert.deepEqual(onlyKey(oct(64)).algorithms, ["HS256", "HS384", "HS512"]);
    assert.deepEqual(onlyKey(oct(48)).algorithms, ["HS256", "HS384"]);
  });

  test("hold the public key as SubjectPublicKeyInfo, or the secret, and the kid as given", () => {
    const { spki, kid } = onlyKey({ ...ec, kid: "k1" });
    const back = createPublicKey({ key: Buffer.from(spki!, "base64"), type: "spki", format: "der" });
    assert.deepEqual(jwkOf(back), ec);
    assert.equal(kid, "k1");
    assert.deepEqual(onlyKey({ ...oct(32), alg: "HS256" }), {
      algorithms: ["HS256"],
      secret: Buffer.alloc(32, 7).toString("base64"),
    });
  });

  test("are left out when they cannot be used safely, each with its reason", () => {
    const cases: [Jwk, RegExp][] = [
      [{ ...ec, d: ec["x"] }, /private part/],
      [{ ...rsa, use: "enc" }, /for "enc", not for signatures/],
      [{ ...rsa, key_ops: ["encrypt"] }, /key_ops/],
      [{ ...rsa, alg: "HS256" }, /alg "HS256" does not fit/],
      [{ ...rsa, alg: "none" }, /alg "none" does not fit/],
      [{ ...ec, alg: "ES256" }, /alg "ES256" does not fit/],
      [{ ...ec, x: ed["x"] }, /not a valid key/],
      [{ ...rsa, n: `${rsa["n"]}=` }, /n is not base64url/],
      [{ ...rsa, kid: 7 }, /kid is not a text/],
      [{ kty: "EC", crv: "secp256k1", x: "AA", y: "AA" }, /"secp256k1" is not supported/],
      [{ kty: "OKP", crv: "X25519", x: ed["x"] }, /not supported/],
      [{ kty: "EC", crv: "constructor" }, /not supported/],
      [{ ...oct(32), alg: "HS512" }, /32 bytes are too short for HS512/],
      [{ kty: "oct" }, /k is not base64url/],
      [{}, /not supported/],
    ];
    for (const [jwk, reason] of cases) {
      const { object, problems } = readKeys([jwk]);
      assert.deepEqual(object.keys, [], String(reason));
      assert.match(problems[0]!, reason);
    }
  });

  test("of a good kind are kept beside one that is left out", () => {
    const { object, problems } = readKeys([{ ...rsa, kid: "old", use: "enc" }, ed]);
    assert.equal(object.keys.length, 1);
    assert.deepEqual(problems, ['key "old": it is for "enc", not for signatures']);
  });

  test("never make reading fail, whatever a set holds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.constantFrom("kty", "crv", "n", "e", "x", "y", "k", "alg"), fc.jsonValue())),
        (jwks) => {
          const { object, problems } = readKeys(jwks as Jwk[]);
          assert.equal(object.keys.length + problems.length, jwks.length);
        },
      ),
    );
  });
});

test("a JWK set document is an object with a list of keys", () => {
  assert.deepEqual(jwksOf('{"keys":[{"kty":"oct"}]}'), [{ kty: "oct" }]);
  assert.equal(jwksOf('{"keys":[{"kty"'), "it is not JSON");
  for (const other of ["null", "[]", '{"keys":{}}', '{"keys":[3]}'])
    assert.match(String(jwksOf(other)), /not a JWK set/);
});

interface JwkVectors {
  readonly testGroups: readonly {
    readonly public?: { readonly keys: Jwk[] };
    readonly private: { readonly keys: Jwk[] };
    readonly tests: readonly { tcId: number; comment: string; jws: string; result: "valid" | "invalid" }[];
  }[];
}

/** A verifier by Node itself, for the three algorithms that these vectors use. */
function verifies(jws: string, keys: readonly VerificationKey[]): boolean {
  const [header, payload, signature] = jws.split(".");
  const { alg, kid } = JSON.parse(Buffer.from(header!, "base64url").toString()) as { alg: string; kid?: string };
  const key = keys.find((one) => one.algorithms.includes(alg) && one.kid === kid);
  if (key === undefined) return false;
  if (key.secret !== undefined) return true; // having the key is what these vectors are about
  const spki = createPublicKey({ key: Buffer.from(key.spki!, "base64"), type: "spki", format: "der" });
  const signed = Buffer.from(`${header}.${payload}`);
  return verify("sha256", signed, { key: spki, dsaEncoding: "ieee-p1363" }, Buffer.from(signature!, "base64url"));
}

test("Wycheproof's key sets give a key exactly where a token of theirs is valid", () => {
  const path = new URL("../../test/vectors/wycheproof/json_web_key_test.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(path, "utf8")) as JwkVectors;
  let seen = 0;
  for (const group of vectors.testGroups) {
    const { object } = readKeys((group.public ?? group.private).keys);
    for (const { tcId, comment, jws, result } of group.tests) {
      seen++;
      if (comment === "rejectsModifiedSignature") continue; // about the verifier: its key set is a good one
      assert.equal(verifies(jws, object.keys), result === "valid", `${tcId} ${comment}`);
    }
  }
  assert.equal(seen, 26);
});
