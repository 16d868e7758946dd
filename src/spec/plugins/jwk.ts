// Keys that verify tokens, written in the file as JWKs (RFC 7517): checked here, so that an edge never meets a bad one.
import { createPublicKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";
import { Fault, quote } from "../issue.ts";

export type Jwk = Readonly<Record<string, unknown>>;

const rsaMinBits = 2048;
const rsaMaxBits = 8192;
const algorithmsByType = {
  RSA: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  "P-256": ["ES256"],
  "P-384": ["ES384"],
  "P-521": ["ES512"],
  Ed25519: ["EdDSA"],
  oct: ["HS256", "HS384", "HS512"],
} as const;
/** An HMAC key is at least as long as the hash (RFC 7518 section 3.2). */
const secretBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/** What is wrong with a key, or undefined when tokens can be verified with it. */
export function checkJwk(jwk: Jwk): Fault | undefined {
  const kind = kindOf(jwk);
  if (kind instanceof Fault) return kind;
  return checkUse(jwk, algorithmsByType[kind]) ?? (kind === "oct" ? checkSecret(jwk) : checkPublicKey(jwk));
}

/** Whether the key signs as well as it verifies: whoever reads it can make tokens. */
export function isSymmetric(jwk: Jwk): boolean {
  return jwk["kty"] === "oct";
}

function fault(message: string, hint: string): Fault {
  return new Fault("invalidKey", message, hint);
}

function kindOf(jwk: Jwk): keyof typeof algorithmsByType | Fault {
  const { kty, crv } = jwk;
  if (kty === "RSA" || kty === "oct") return kty;
  if (kty === "EC" && (crv === "P-256" || crv === "P-384" || crv === "P-521")) return crv;
  if (kty === "OKP" && crv === "Ed25519") return crv;
  if (kty === "EC")
    return fault("this key's crv is not a curve that Portway verifies with", "use P-256, P-384 or P-521");
  if (kty === "OKP") return fault("this key's crv is not a curve that Portway verifies with", "use Ed25519");
  return fault("this key's kty is not RSA, EC, OKP or oct", "paste a JWK: a mapping with kty and the key's numbers");
}

function checkUse(jwk: Jwk, algorithms: readonly string[]): Fault | undefined {
  const { alg, use, key_ops: operations, kid } = jwk;
  if (kid !== undefined && typeof kid !== "string") return fault("this key's kid is not text", "put it in quotes");
  if (use !== undefined && use !== "sig")
    return fault(`this key is for ${quote(String(use))}, not for signatures`, "use a key whose use is sig");
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    return fault("this key's key_ops do not have verify", "use a key that may verify signatures");
  }
  if (alg === undefined || (typeof alg === "string" && algorithms.includes(alg))) return undefined;
  return fault(
    `this key cannot be used with the algorithm ${quote(String(alg))}`,
    `its alg can be ${algorithms.join(", ")}`,
  );
}

function checkSecret(jwk: Jwk): Fault | undefined {
  const { k, alg } = jwk;
  if (typeof k !== "string" || !/^[A-Za-z0-9_-]+$/.test(k))
    return fault("this key's k is not base64url text", "encode the secret's bytes as base64url without padding");
  const least = secretBytes[String(alg)] ?? 32;
  const bytes = Buffer.from(k, "base64url").length;
  if (bytes >= least) return undefined;
  return new Fault(
    "weakKey",
    `this key has ${bytes} bytes, and ${String(alg ?? "HS256")} needs ${least}`,
    `make one with: openssl rand -base64 ${least} | tr '+/' '-_' | tr -d '='`,
  );
}

function checkPublicKey(jwk: Jwk): Fault | undefined {
  if ("d" in jwk || "p" in jwk || "q" in jwk) {
    return new Fault(
      "privateKey",
      "this is a private key",
      "take d, p, q, dp, dq and qi out, and make a new key: this one has been in a file",
    );
  }
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: "jwk" } as JsonWebKeyInput);
  } catch {
    return fault("this key's numbers make no valid public key", "paste the key as its issuer publishes it");
  }
  const { modulusLength: bits, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (bits === undefined || publicExponent === undefined) return undefined;
  if (bits < rsaMinBits)
    return new Fault(
      "weakKey",
      `this RSA key has ${bits} bits, and ${rsaMinBits} are the least`,
      "ask the issuer for a longer key",
    );
  if (bits > rsaMaxBits)
    return fault(`this RSA key has ${bits} bits, and ${rsaMaxBits} are the most`, "ask the issuer for a shorter key");
  if (publicExponent < 3n || publicExponent % 2n === 0n)
    return new Fault(
      "weakKey",
      `this RSA key has the exponent ${publicExponent}`,
      "ask the issuer for a key with the exponent 65537",
    );
  return undefined;
}
