// Clients that are told in the answer what was decided on their request: those that show a token of control's in the header
// Portway-Debug. While no token can be valid nobody looks for that header.
import type { DebugKey } from "../../wire/edge-state.ts";
import { decodeBase64url } from "../crypto/base64.ts";
import { readKeyMaterial } from "../crypto/key-material.ts";
import { createSignatureCheck, isSignature, type SignatureCheck } from "../crypto/signature.ts";
import type { RequestRecord } from "../record.ts";
import type { Pointer } from "../request.ts";
import { variable } from "../request.ts";
import type { World } from "../world.ts";
import { type DebugToken, isFor, readDebugToken } from "./debug-token.ts";
import { beginTold } from "./keep.ts";

interface LoadedKey {
  readonly check: SignatureCheck;
  readonly untilMs: number;
}

export interface DebugKeys {
  readonly byId: Readonly<Record<string, LoadedKey | undefined>>;
  readonly lastUntilMs: number;
  /** Some token may be valid still: requests are looked at for one. */
  isOn: boolean;
}

/** Undefined: there are none. */
export function loadDebugKeys(keys: readonly DebugKey[] | undefined): DebugKeys | undefined {
  if (keys === undefined) return undefined;
  const byId: Record<string, LoadedKey> = {};
  let lastUntilMs = 0;
  for (const { id, secret, untilMs } of keys) {
    const check = createSignatureCheck("HS256", readKeyMaterial({ algorithms: ["HS256"], secret }));
    if (check === undefined) continue;
    byId[id] = { check, untilMs };
    lastUntilMs = Math.max(lastUntilMs, untilMs);
  }
  return { byId, lastUntilMs, isOn: true };
}

/** Once in a tick: whether the tokens of all keys are over. */
export function followDebugKeys({ debugKeys }: Pick<World, "debugKeys">): void {
  if (debugKeys !== undefined) debugKeys.isOn = ngx.now() * 1000 < debugKeys.lastUntilMs;
}

/**
 * A request that shows a good token for its route (undefined: none took it) is noted from here on, and told. The header goes
 * whatever it says: a template of another route's must not hand a token to its target.
 */
export function beginIfAsked(pointer: Pointer, request: RequestRecord, keys: DebugKeys): void {
  const text = variable(pointer, "http_portway_debug");
  if (text === undefined) return;
  ngx.req.clear_header("Portway-Debug");
  const token = readDebugToken(text);
  if (token === undefined || !isFor(token, request.route?.name, ngx.now())) return;
  if (isSigned(token, keys)) beginTold(request);
}

function isSigned({ key, signed, signature }: DebugToken, { byId }: DebugKeys): boolean {
  const known = byId[key];
  const bytes = decodeBase64url(signature);
  if (known === undefined || bytes === undefined || ngx.now() * 1000 >= known.untilMs) return false;
  return isSignature(known.check, bytes, signed);
}
