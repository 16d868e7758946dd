// JWKs (RFC 7517) to what nginx verifies with. A key that is weak, private, ambiguous or for another purpose is left out
// with the reason: the gateway then refuses its tokens.
import { createPublicKey, type KeyObject, type webcrypto } from "node:crypto";
import type { KeysObject, VerificationKey } from "../wire/edge.ts";
import { hasRocaFingerprint } from "./roca.ts";

export type Jwk = Readonly<Record<string, unknown>>;

export interface ReadKeys {
  readonly object: KeysObject;
  /** One sentence for each key that is left out. */
  readonly problems: readonly string[];
}

/** Algorithms by curve (RFC 7518 section 3.4, RFC 8037). */
const curves: Readonly<Record<string, string>> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" };
const rsaAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
/** The least key length of each, bytes (RFC 7518 section 3.2). */
const hmacBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };
const minRsaBits = 2048;

/** Reads the keys of one set; order is kept. */
export function readKeys(jwks: readonly Jwk[]): ReadKeys {
  const keys: VerificationKey[] = [];
  const problems: string[] = [];
  const mixed = jwks.some(({ kty }) => kty === "oct") && jwks.some(({ kty }) => kty !== "oct");
  for (const [index, jwk] of jwks.entries()) {
    const result = mixed && jwk["kty"] === "oct" ? "a secret beside public keys is ambiguous" : readKey(jwk, jwks);
    if (typeof result === "string") problems.push(`key ${nameOf(jwk, index)}: ${result}`);
    else keys.push(result);
  }
  return { object: { keys }, problems };
}

/** The keys of a JWKS document, or a sentence that says why it is none. */
export function jwksOf(text: string): readonly Jwk[] | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const keys = (document as { keys?: unknown } | null)?.keys;
  const isSet = Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null);
  return isSet ? (keys as Jwk[]) : "it is not a JWK set: an object with a list of keys";
}

function readKey(jwk: Jwk, all: readonly Jwk[]): VerificationKey | string {
  const { kid, use } = jwk;
  if (kid !== undefined && typeof kid !== "string") return "its kid is not a text";
  if (kid !== undefined && all.filter((other) => other["kid"] === kid && other["kty"] === jwk["kty"]).length > 1) {
    return "another key has the same kid";
  }
  if (use !== undefined && use !== "sig") return `it is for ${JSON.stringify(use)}, not for signatures`;
  const operations = jwk["key_ops"];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    return "its key_ops do not hold verify";
  }
  const material = materialOf(jwk);
  return typeof material === "string" ? material : { ...(kid !== undefined && { kid }), ...material };
}

function materialOf(jwk: Jwk): Omit<VerificationKey, "kid"> | string {
  if (jwk["kty"] === "oct") return secretOf(jwk);
  if (["d", "p", "q", "dp", "dq", "qi", "oth"].some((part) => part in jwk)) {
    return "it holds the private part: give the public key alone, and renew this one";
  }
  const possible = algorithmsOf(jwk);
  if (typeof possible === "string") return possible;
  const algorithms = pinned(jwk["alg"], possible);
  if (typeof algorithms === "string") return algorithms;
  const key = publicKeyOf(jwk);
  if (typeof key === "string") return key;
  return { algorithms, spki: key.export({ type: "spki", format: "der" }).toString("base64") };
}

function secretOf(jwk: Jwk): Omit<VerificationKey, "kid"> | string {
  const secret = base64urlOf(jwk["k"]);
  if (secret === undefined) return "its k is not base64url";
  const algorithms = pinned(jwk["alg"], Object.keys(hmacBytes));
  if (typeof algorithms === "string") return algorithms;
  const strong = algorithms.filter((algorithm) => secret.length >= hmacBytes[algorithm]!);
  if (strong.length === 0) return `${secret.length} bytes are too short for ${algorithms[0]}`;
  return { algorithms: strong, secret: secret.toString("base64") };
}

function algorithmsOf({ kty, crv }: Jwk): readonly string[] | string {
  if (kty === "RSA") return rsaAlgorithms;
  if (kty === "OKP" && crv === "Ed25519") return ["EdDSA"];
  const algorithm = typeof crv === "string" && Object.hasOwn(curves, crv) ? curves[crv] : undefined;
  if (kty === "EC" && algorithm !== undefined) return [algorithm];
  return `kty ${JSON.stringify(kty)} with crv ${JSON.stringify(crv)} is not supported`;
}

/** `alg` names the only algorithm of a key that has one. */
function pinned(alg: unknown, possible: readonly string[]): readonly string[] | string {
  if (alg === undefined) return possible;
  return possible.includes(alg as string) ? [alg as string] : `alg ${JSON.stringify(alg)} does not fit the key`;
}

function publicKeyOf(jwk: Jwk): KeyObject | string {
  for (const part of ["n", "e", "x", "y"]) {
    if (part in jwk && base64urlOf(jwk[part]) === undefined) return `its ${part} is not base64url`;
  }
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: "jwk" });
  } catch {
    return "its numbers are not a valid key";
  }
  if (jwk["kty"] !== "RSA") return key;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < minRsaBits) return `${modulusLength} bits are too few for RSA: ${minRsaBits} at least`;
  if (publicExponent < 3n || publicExponent % 2n === 0n) return "its public exponent is unsafe";
  const modulus = BigInt(`0x${base64urlOf(jwk["n"])!.toString("hex")}`);
  return hasRocaFingerprint(modulus) ? "it was made by a faulty library (ROCA): its factors can be found" : key;
}

/** Bytes of unpadded base64url (RFC 7515 section 2); Node's own decoder takes more than that. */
function base64urlOf(value: unknown): Buffer | undefined {
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]*$/.test(value) || value.length % 4 === 1) return undefined;
  return Buffer.from(value, "base64url");
}

function nameOf(jwk: Jwk, index: number): string {
  return typeof jwk["kid"] === "string" ? JSON.stringify(jwk["kid"]) : `number ${index + 1}`;
}
