import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { keyFor, spkiOf, tokenBy, verifyAll } from "../../../test/lua/jws.ts";
import type { VerificationKey } from "../../wire/edge.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const rsaOther = generateKeyPairSync("rsa", { modulusLength: 2048 });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const ed25519 = generateKeyPairSync("ed25519");
const ed448 = generateKeyPairSync("ed448");
const secret = randomBytes(64);

const verify = (keys: readonly VerificationKey[], token: string) => verifyAll([[keys, token]])[0]!;

describe("a key", () => {
  test("does not verify algorithms of another type, curve or kind, even when the snapshot lists them", () => {
    const cases: [VerificationKey[], string][] = [
      [[keyFor(p256, ["ES384"])], tokenBy(p256, "ES384", { alg: "ES384" })],
      [[keyFor(p384, ["ES256"])], tokenBy(p384, "ES256", { alg: "ES256" })],
      [[keyFor(ed25519, ["ES256"])], tokenBy(ed25519, "EdDSA", { alg: "ES256" })],
      [[keyFor(ed448, ["EdDSA"])], tokenBy(ed448, "EdDSA", { alg: "EdDSA" })],
      [[keyFor(p256, ["RS256"])], tokenBy(p256, "ES256", { alg: "RS256" })],
      [[keyFor(rsa, ["HS256"])], tokenBy(Buffer.alloc(0), "HS256", { alg: "HS256" })],
      [[keyFor(secret, ["RS256"])], tokenBy(secret, "HS256", { alg: "RS256" })],
      [[keyFor(rsa, ["RS1"])], tokenBy(rsa, "RS256", { alg: "RS1" })],
    ];
    assert.deepEqual(new Set(verifyAll(cases)), new Set(["algorithm"]));
  });

  test("that is damaged, empty or cut verifies nothing and does no harm to the others", () => {
    const good = keyFor(rsa, ["RS256"]);
    const token = tokenBy(rsa, "RS256", { alg: "RS256" });
    const damaged = [
      { algorithms: ["RS256"], spki: "" },
      { algorithms: ["RS256"], spki: "AAAA" },
      { algorithms: ["RS256"], spki: "not base64" },
      { algorithms: ["RS256"], spki: Buffer.from(spkiOf(rsa), "base64").subarray(0, 100).toString("base64") },
      { algorithms: ["RS256"] },
      { algorithms: ["HS256"], secret: "" },
    ];
    assert.equal(verify(damaged, token), "algorithm");
    assert.equal(verify([...damaged, good], token), "payload {}");
    const empty = tokenBy(Buffer.alloc(0), "HS256", { alg: "HS256" });
    assert.equal(verify(damaged, empty), "algorithm");
  });

  test("is chosen by kid", () => {
    const one = keyFor(rsa, ["RS256"], "one");
    const two = keyFor(rsaOther, ["RS256"], "two");
    const plain = keyFor(rsa, ["RS256"]);
    const elliptic = keyFor(p256, ["ES256"], "one");
    const token = (kid?: string) => tokenBy(rsa, "RS256", { alg: "RS256", kid });
    assert.deepEqual(
      verifyAll([
        [[two, one], token("one")],
        [[two, one], token("two")],
        [[two, one], token("three")],
        [[two, one], token()],
        [[two, plain], token("three")],
        [[two, plain], token("two")],
        [[elliptic, one], token("one")],
        [[elliptic], token("one")],
        [[elliptic, plain], token("one")],
        [[], token()],
      ]),
      [
        "payload {}",
        "signature",
        "noKey",
        "payload {}",
        "payload {}",
        "signature",
        "payload {}",
        "algorithm",
        "algorithm",
        "noKey",
      ],
    );
  });

  test("beyond the fourth that could be meant is not tried", () => {
    const good = keyFor(rsa, ["RS256"]);
    const others = Array.from({ length: 4 }, () => keyFor(rsaOther, ["RS256"]));
    const elliptic = Array.from({ length: 9 }, () => keyFor(p256, ["ES256"]));
    const token = tokenBy(rsa, "RS256", { alg: "RS256" });
    assert.equal(verify([...elliptic, ...others.slice(1), good], token), "payload {}");
    assert.equal(verify([...others, good], token), "signature");
  });
});
