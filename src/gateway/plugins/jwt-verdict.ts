// From an Authorization header to a verdict: remembered, or found by parsing and verifying.
import type { JwtConfig } from "../../wire/edge-plugins.ts";
import { parseJsonObject } from "../crypto/json-object.ts";
import { verifyJws } from "../crypto/jws.ts";
import type { LoadedKeys } from "../crypto/verification-keys.ts";
import { createVerdictCache, recall, remember, type VerdictCache } from "./jwt-cache.ts";
import { judgeClaims, rejected, rejectionSeconds, type Verdict } from "./jwt-claims.ts";

/** One configuration with the keys of one snapshot; other keys make another check, which remembers nothing of this one. */
export interface TokenCheck {
  readonly id: number;
  readonly config: JwtConfig;
  readonly keys: LoadedKeys;
}

/** Of all checks of this worker together. Forged tokens have a cache of their own and push no good one out. */
const accepted: VerdictCache<Verdict> = createVerdictCache(8 * 1024 * 1024);
const refused: VerdictCache<Verdict> = createVerdictCache(1024 * 1024);

const ids = { last: 0 };

export function createTokenCheck(config: JwtConfig, keys: LoadedKeys): TokenCheck {
  ids.last++;
  return { id: ids.last, config, keys };
}

/** The verdict on the value of an Authorization header. */
export function verdictOn(check: TokenCheck, authorization: string, nowSeconds: number): Verdict {
  const known = recall(accepted, check.id, authorization, nowSeconds);
  if (known !== undefined) return known;
  const bad = recall(refused, check.id, authorization, nowSeconds);
  if (bad !== undefined) return bad;
  const found = findVerdict(check, authorization, nowSeconds);
  return found;
}

function findVerdict(check: TokenCheck, authorization: string, nowSeconds: number): Verdict {
  const until = nowSeconds + rejectionSeconds;
  // RFC 6750 section 2.1; the scheme's name is in any case (RFC 9110 section 11.1).
  const [scheme, token] = string.match(authorization, "^(%S*) *(.*)$");
  if (string.lower(scheme!) !== "bearer") return rejected("missing", until);
  const [payload, failure] = verifyJws(check.keys, token!);
  if (failure !== undefined && failure !== "signature") return rejected(failure, until); // as cheap as a look-up
  const verdict = failure === undefined ? judgePayload(check, payload, nowSeconds) : rejected(failure, until);
  remember(verdict.rejection === undefined ? accepted : refused, check.id, authorization, verdict);
  return verdict;
}

function judgePayload(check: TokenCheck, payload: string, nowSeconds: number): Verdict {
  const claims = parseJsonObject(payload);
  if (claims === undefined) return rejected("malformed", nowSeconds + rejectionSeconds);
  return judgeClaims(claims, check.config, nowSeconds);
}
