// Tokens signed by Node, right or wrong in any way a test wants, and the compiled verifier's word on them.
import { constants, createHmac, type KeyObject, sign } from "node:crypto";
import type { VerificationKey } from "../../src/wire/edge.ts";
import { runLua } from "./run-lua.ts";

/** A key pair, or the secret of an HMAC. */
export type Signer = { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | Buffer;

/** The signer's key as nginx gets it, for these algorithms. */
export function keyFor(signer: Signer, algorithms: readonly string[], kid?: string): VerificationKey {
  const material = Buffer.isBuffer(signer) ? { secret: signer.toString("base64") } : { spki: spkiOf(signer) };
  return { algorithms, ...material, ...(kid !== undefined && { kid }) };
}

/** SubjectPublicKeyInfo DER, base64. */
export function spkiOf({ publicKey }: Exclude<Signer, Buffer>): string {
  return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}

/** One part of a token. */
export function partOf(bytes: string | Buffer): string {
  return Buffer.from(bytes as string).toString("base64url");
}

/** A token that is signed by `algorithm`, whatever its header says. */
export function tokenBy(
  signer: Signer,
  algorithm: string,
  header: object | string,
  payload: string | Buffer = "{}",
): string {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const signed = `${partOf(text)}.${partOf(payload)}`;
  return `${signed}.${signatureBy(signer, algorithm, signed).toString("base64url")}`;
}

function signatureBy(signer: Signer, algorithm: string, signed: string): Buffer {
  const hash = algorithm === "EdDSA" ? null : `sha${algorithm.slice(2)}`;
  if (Buffer.isBuffer(signer)) return createHmac(hash!, signer).update(signed).digest();
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return sign(hash, Buffer.from(signed), {
    key: signer.privateKey,
    dsaEncoding: "ieee-p1363",
    ...(algorithm.startsWith("PS") && pss),
  });
}

/** For each set of keys with a token: `payload …`, or why there is none. */
export function verifyAll(cases: readonly (readonly [keys: readonly VerificationKey[], token: string])[]): string[] {
  const calls = cases.flatMap(([keys, token], index) => [
    { module: "gateway.crypto.verification-keys", name: "loadKeys", args: [{ keys }], as: `${index}` },
    { module: "gateway.crypto.jws", name: "verifyJws", args: [{ $: `${index}` }, token] },
  ]);
  const results = runLua(calls).filter((_result, index) => index % 2 === 1);
  return results.map(([payload, failure]) => (failure ?? `payload ${payload}`) as string);
}
