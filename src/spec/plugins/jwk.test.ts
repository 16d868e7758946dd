import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import { checkJwk, isSymmetric, type Jwk } from "./jwk.ts";

// What is said of bad keys stands in test/golden/spec/jwt.issues.txt.
test("keys of every kind that Portway verifies with are accepted, with and without alg", () => {
  const publicKeys: [Jwk, string][] = [
    [generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" }) as Jwk, "PS256"],
    [generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }) as Jwk, "ES256"],
    [generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" }) as Jwk, "ES384"],
    [generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey.export({ format: "jwk" }) as Jwk, "ES512"],
    [generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }) as Jwk, "EdDSA"],
    [{ kty: "oct", k: randomBytes(64).toString("base64url") }, "HS512"],
  ];
  for (const [jwk, alg] of publicKeys) {
    assert.equal(checkJwk(jwk), undefined, alg);
    assert.equal(checkJwk({ ...jwk, alg, use: "sig", kid: "one", key_ops: ["verify"] }), undefined, alg);
    assert.equal(isSymmetric(jwk), jwk["kty"] === "oct");
  }
});

test("private keys of every kind are refused", () => {
  const keys = [
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
    generateKeyPairSync("ed25519").privateKey,
  ];
  for (const key of keys) assert.equal(checkJwk(key.export({ format: "jwk" }) as Jwk)?.code, "privateKey");
});

test("an RSA key with an exponent that proves nothing is refused", () => {
  const jwk = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" }) as Jwk;
  for (const e of ["AQ", "Ag"]) assert.equal(checkJwk({ ...jwk, e })?.code, "weakKey");
});
