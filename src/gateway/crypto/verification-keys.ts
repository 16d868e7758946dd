// The keys of one KeysObject, parsed once when a snapshot brings them.
import type { KeysObject } from "../../wire/edge.ts";
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
    for (const algorithm of key.algorithms) checks[algorithm] = createSignatureCheck(algorithm, key);
    keys.push({ kid: key.kid, checks });
    if (key.kid !== undefined) kids[key.kid] = true;
  }
  return { keys, kids };
}

/** No keys: every token is refused. */
export const noKeys: LoadedKeys = { keys: [], kids: {} };
