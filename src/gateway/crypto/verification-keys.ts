// The keys of one KeysObject, parsed once when a snapshot brings them.
import type { KeysObject } from "../../wire/edge.ts";
import { readKeyMaterial } from "./key-material.ts";
import { libcrypto } from "./libcrypto.ts";
import { createSignatureCheck, type SignatureCheck } from "./signature.ts";

export interface LoadedKey {
  readonly kid: string | undefined;
  /** By algorithm: the only ones that this key verifies. */
  readonly checks: Readonly<Record<string, SignatureCheck | undefined>>;
}

export interface LoadedKeys {
  readonly keys: readonly LoadedKey[];
  /** The kids that some key has. */
  readonly kids: Readonly<Record<string, true | undefined>>;
}

/** Parses keys; one that OpenSSL does not take, or an algorithm that does not fit it, verifies nothing. */
export function loadKeys(object: KeysObject): LoadedKeys {
  const keys: LoadedKey[] = [];
  const kids: Record<string, true> = {};
  for (const key of object.keys) {
    const checks: Record<string, SignatureCheck | undefined> = {};
    const material = readKeyMaterial(key);
    for (const algorithm of key.algorithms) checks[algorithm] = createSignatureCheck(algorithm, material);
    keys.push({ kid: key.kid, checks });
    if (key.kid !== undefined) kids[key.kid] = true;
  }
  libcrypto.ERR_clear_error(); // what a bad key left in the queue would be taken for nginx's own failure
  return { keys, kids };
}
