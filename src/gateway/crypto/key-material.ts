// A key of a snapshot, parsed: the bytes of a secret, or OpenSSL's public key.
import type { VerificationKey } from "../../wire/edge.ts";
import { decodeBase64 } from "./base64.ts";
import { type Handle, libcrypto, owned } from "./libcrypto.ts";

export interface KeyMaterial {
  readonly secret: string | undefined;
  readonly publicKey: Handle | undefined;
}

interface Pointer extends CData {
  0: string;
}

const ffi: Ffi<unknown> = require("ffi");
const C = libcrypto;
const groupName = ffi.new("char[64]");

/** Parses a key; what is damaged or empty is undefined. */
export function readKeyMaterial(key: VerificationKey): KeyMaterial {
  const secret = key.secret === undefined ? undefined : decodeBase64(key.secret);
  const publicKey = key.spki === undefined ? undefined : publicKeyOf(key.spki);
  return { secret: secret === "" ? undefined : secret, publicKey };
}

/** OpenSSL's name of the curve of an elliptic key. */
export function curveOf(key: Handle): string | undefined {
  const isNamed = C.EVP_PKEY_get_group_name(key, groupName, 64, undefined) === 1;
  return isNamed ? ffi.string(groupName) : undefined;
}

function publicKeyOf(spki: string): Handle | undefined {
  const der = decodeBase64(spki);
  if (der === undefined) return undefined;
  const cursor = ffi.new("const unsigned char *[1]") as Pointer;
  cursor[0] = der;
  return owned(C.d2i_PUBKEY(undefined, cursor, der.length), C.EVP_PKEY_free);
}
