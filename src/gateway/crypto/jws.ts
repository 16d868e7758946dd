// JWS compact serialisation (RFC 7515 section 7.1): three parts of canonical base64url, a header that passes, and a
// signature by a key that is pinned to the header's algorithm.
import { decodeBase64url } from "./base64.ts";
import { parseJsonObject } from "./json-object.ts";
import { type JwsHeader, readJwsHeader } from "./jws-header.ts";
import { isSignature } from "./signature.ts";
import type { LoadedKeys } from "./verification-keys.ts";

/** Why a token is none of ours. `noKey`: no key has its kid. `algorithm`: the keys that it may use do not have its alg. */
export type JwsFailure = "malformed" | "noKey" | "algorithm" | "signature";

/** The longest token that is looked at, bytes. */
const maxTokenBytes = 8192;

/** Signatures that are tried for one token, so that a forged one without kid costs a bounded time. */
const maxTries = 4;

/** The payload's bytes when the signature is good, else undefined and why. */
export function verifyJws(
  keys: LoadedKeys,
  token: string,
): LuaMultiReturn<[payload: string, failure: undefined] | [payload: undefined, failure: JwsFailure]> {
  if (token.length > maxTokenBytes) return $multi(undefined, "malformed");
  const [, , headerPart, payloadPart, signaturePart] = string.find(token, "^([^.]+)%.([^.]*)%.([^.]+)$");
  if (headerPart === undefined) return $multi(undefined, "malformed");
  const header = headerOf(headerPart as string);
  const payload = decodeBase64url(payloadPart as string);
  const signature = decodeBase64url(signaturePart as string);
  if (header === undefined || payload === undefined || signature === undefined) return $multi(undefined, "malformed");
  const failure = signatureFailure(keys, header, signature, `${headerPart}.${payloadPart}`);
  if (failure !== undefined) return $multi(undefined, failure);
  return $multi(payload, undefined);
}

function headerOf(part: string): JwsHeader | undefined {
  const text = decodeBase64url(part);
  const members = text === undefined ? undefined : parseJsonObject(text);
  return members === undefined ? undefined : readJwsHeader(members);
}

/**
 * A kid that some key has picks the keys of that kid and no other; a kid that none has leaves the keys without one; a
 * token without kid may be any key's.
 */
function signatureFailure(
  { keys, kids }: LoadedKeys,
  { algorithm, kid }: JwsHeader,
  signature: string,
  signed: string,
): JwsFailure | undefined {
  const isKidKnown = kid !== undefined && kids[kid] === true;
  let failure: JwsFailure = "noKey";
  let tries = 0;
  for (const key of keys) {
    const isCandidate = isKidKnown ? key.kid === kid : kid === undefined || key.kid === undefined;
    if (!isCandidate) continue;
    const check = key.checks[algorithm];
    if (check === undefined) {
      if (tries === 0) failure = "algorithm";
      continue;
    }
    tries++;
    failure = "signature";
    if (isSignature(check, signature, signed)) return undefined;
    if (tries === maxTries) return failure;
  }
  return failure;
}
