// One algorithm (RFC 7518, RFC 8037) with one key, made ready when a snapshot is read: a check per token is then one hash
// and one call that keeps nothing from token to token.
import { derOfSignature } from "./ecdsa-der.ts";
import { curveOf, type KeyMaterial } from "./key-material.ts";
import { type Handle, libcrypto, owned } from "./libcrypto.ts";

interface Hash {
  readonly name: string;
  readonly bytes: number;
}

type Algorithm =
  | { readonly kind: "hmac"; readonly hash: Hash }
  | { readonly kind: "rsa"; readonly hash: Hash; readonly padding: number }
  | { readonly kind: "ecdsa"; readonly hash: Hash; readonly curve: string; readonly numberBytes: number }
  | { readonly kind: "edwards" };

interface HmacCheck {
  readonly kind: "hmac";
  readonly secret: string;
  readonly digest: Handle;
  readonly hashBytes: number;
}

/** What OpenSSL verifies over a hash, in a context that holds key and padding. */
interface HashedCheck {
  readonly kind: "hashed";
  readonly context: Handle;
  readonly digest: Handle;
  readonly hashBytes: number;
  /** ECDSA: the length of each of r and s; RSA: 0. */
  readonly numberBytes: number;
}

interface EdwardsCheck {
  readonly kind: "edwards";
  readonly key: Handle;
  readonly context: Handle;
}

/** A key with an algorithm that it may verify. */
export type SignatureCheck = HmacCheck | HashedCheck | EdwardsCheck;

const ffi: Ffi<unknown> = require("ffi");
const C = libcrypto;

const pkcs1Padding = 1;
const pssPadding = 6;
/** Neither shorter nor longer (RFC 7518 section 3.5). */
const saltAsLongAsHash = -1;

const sha256: Hash = { name: "SHA256", bytes: 32 };
const sha384: Hash = { name: "SHA384", bytes: 48 };
const sha512: Hash = { name: "SHA512", bytes: 64 };

const algorithms: Readonly<Record<string, Algorithm | undefined>> = {
  HS256: { kind: "hmac", hash: sha256 },
  HS384: { kind: "hmac", hash: sha384 },
  HS512: { kind: "hmac", hash: sha512 },
  RS256: { kind: "rsa", hash: sha256, padding: pkcs1Padding },
  RS384: { kind: "rsa", hash: sha384, padding: pkcs1Padding },
  RS512: { kind: "rsa", hash: sha512, padding: pkcs1Padding },
  PS256: { kind: "rsa", hash: sha256, padding: pssPadding },
  PS384: { kind: "rsa", hash: sha384, padding: pssPadding },
  PS512: { kind: "rsa", hash: sha512, padding: pssPadding },
  ES256: { kind: "ecdsa", hash: sha256, curve: "prime256v1", numberBytes: 32 },
  ES384: { kind: "ecdsa", hash: sha384, curve: "secp384r1", numberBytes: 48 },
  ES512: { kind: "ecdsa", hash: sha512, curve: "secp521r1", numberBytes: 66 },
  EdDSA: { kind: "edwards" },
};

/** OpenSSL's implementations, fetched once; they live as long as the worker. */
const digests: Record<string, Handle | undefined> = {};
const hashed = ffi.new("unsigned char[64]");

/** Makes a check ready; undefined when the algorithm is unknown or the key is not one for it. */
export function createSignatureCheck(name: string, material: KeyMaterial): SignatureCheck | undefined {
  const algorithm = algorithms[name];
  const { secret, publicKey } = material;
  if (algorithm === undefined) return undefined;
  if (algorithm.kind === "hmac") return secret === undefined ? undefined : hmacCheck(algorithm.hash, secret);
  return publicKey === undefined ? undefined : publicKeyCheck(algorithm, publicKey);
}

/** Whether `signature` is this key's, by this algorithm, over `data`. */
export function isSignature(check: SignatureCheck, signature: string, data: string): boolean {
  let isGood: boolean;
  if (check.kind === "hmac") isGood = isHmac(check, signature, data);
  else if (check.kind === "hashed") isGood = isHashedSignature(check, signature, data);
  else isGood = isEdwardsSignature(check, signature, data);
  if (!isGood) C.ERR_clear_error();
  return isGood;
}

function hmacCheck(hash: Hash, secret: string): HmacCheck | undefined {
  const digest = digestOf(hash);
  return digest === undefined ? undefined : { kind: "hmac", secret, digest, hashBytes: hash.bytes };
}

function publicKeyCheck(algorithm: Exclude<Algorithm, { kind: "hmac" }>, key: Handle): SignatureCheck | undefined {
  if (algorithm.kind === "edwards") return C.EVP_PKEY_is_a(key, "ED25519") === 1 ? edwardsCheck(key) : undefined;
  if (algorithm.kind === "rsa" && C.EVP_PKEY_is_a(key, "RSA") !== 1) return undefined;
  if (algorithm.kind === "ecdsa" && curveOf(key) !== algorithm.curve) return undefined;
  const digest = digestOf(algorithm.hash);
  const context = owned(C.EVP_PKEY_CTX_new(key, undefined), C.EVP_PKEY_CTX_free);
  if (digest === undefined || context === undefined || C.EVP_PKEY_verify_init(context) !== 1) return undefined;
  if (C.EVP_PKEY_CTX_set_signature_md(context, digest) !== 1) return undefined;
  if (algorithm.kind === "rsa" && !setPadding(context, algorithm.padding)) return undefined;
  const numberBytes = algorithm.kind === "ecdsa" ? algorithm.numberBytes : 0;
  return { kind: "hashed", context, digest, hashBytes: algorithm.hash.bytes, numberBytes };
}

function edwardsCheck(key: Handle): EdwardsCheck | undefined {
  const context = owned(C.EVP_MD_CTX_new(), C.EVP_MD_CTX_free);
  return context === undefined ? undefined : { kind: "edwards", key, context };
}

function setPadding(context: Handle, padding: number): boolean {
  if (C.EVP_PKEY_CTX_set_rsa_padding(context, padding) !== 1) return false;
  return padding !== pssPadding || C.EVP_PKEY_CTX_set_rsa_pss_saltlen(context, saltAsLongAsHash) === 1;
}

function digestOf(hash: Hash): Handle | undefined {
  let digest = digests[hash.name];
  if (digest === undefined) {
    digest = C.EVP_MD_fetch(undefined, hash.name, undefined);
    digests[hash.name] = digest;
  }
  return digest;
}

function isHmac(check: HmacCheck, signature: string, data: string): boolean {
  const { secret, digest, hashBytes } = check;
  if (signature.length !== hashBytes) return false;
  const made = C.HMAC(digest, secret, secret.length, data, data.length, hashed, undefined);
  return made !== undefined && C.CRYPTO_memcmp(hashed, signature, hashBytes) === 0;
}

function isHashedSignature(check: HashedCheck, signature: string, data: string): boolean {
  const { context, digest, hashBytes, numberBytes } = check;
  const encoded = numberBytes === 0 ? signature : derOfSignature(signature, numberBytes);
  if (encoded === undefined) return false;
  if (C.EVP_Digest(data, data.length, hashed, undefined, digest, undefined) !== 1) return false;
  return C.EVP_PKEY_verify(context, encoded, encoded.length, hashed, hashBytes) === 1;
}

function isEdwardsSignature(check: EdwardsCheck, signature: string, data: string): boolean {
  const { key, context } = check;
  if (C.EVP_DigestVerifyInit(context, undefined, undefined, undefined, key) !== 1) return false;
  return C.EVP_DigestVerify(context, signature, signature.length, data, data.length) === 1;
}
