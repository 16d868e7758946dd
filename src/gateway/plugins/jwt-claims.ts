// What the claims of a token whose signature is good say about it (RFC 7519 section 4.1).
import type { JwtConfig } from "../../wire/edge-plugins.ts";
import type { JwsFailure } from "../crypto/jws.ts";
import { plainText } from "../plain-text.ts";

/** Why a token is refused: a word for the metrics, never for the client. */
export type Rejection = "missing" | JwsFailure | "issuer" | "audience" | "expired" | "notYet";

/** A decision on a token, and until when (seconds since 1970) it stays the same. */
export interface Verdict {
  readonly rejection: Rejection | undefined;
  /** `sub` of a token that is accepted. */
  readonly subject: string | undefined;
  /** Those that the configuration names, as text; only of a token that is accepted. */
  readonly claims?: Readonly<Record<string, string | undefined>> | undefined;
  readonly untilSeconds: number;
}

export type Claims = Readonly<Record<string, unknown>>;

/** How long a refusal is kept, seconds. */
export const rejectionSeconds = 10;
/** Times beyond are none: a double no longer counts them exactly. It keeps infinity out, too. */
const latestSeconds = 2 ** 53;

/**
 * The verdict at `nowSeconds`. `exp` must be there: a token without an end could never be taken back. Times are numbers,
 * with or without a fraction; an `iat` in the future counts as an `nbf`.
 */
export function judgeClaims(claims: Claims, config: JwtConfig, nowSeconds: number): Verdict {
  const { exp, nbf, iat, sub, iss, aud } = claims;
  const skew = config.skewSeconds;
  const until = nowSeconds + rejectionSeconds;
  if (!isTime(exp) || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat)) return rejected("malformed", until);
  if (sub !== undefined && typeof sub !== "string") return rejected("malformed", until);
  if (config.issuer !== undefined && iss !== config.issuer) return rejected("issuer", until);
  if (config.audience.length > 0 && !isFor(config.audience, aud)) return rejected("audience", until);
  if (nowSeconds >= exp + skew) return rejected("expired", until);
  const fromSeconds = Math.max(nbf ?? -latestSeconds, iat ?? -latestSeconds) - skew;
  if (nowSeconds < fromSeconds) return rejected("notYet", Math.min(fromSeconds, until));
  return { rejection: undefined, subject: sub, claims: namedClaims(claims, config.claims), untilSeconds: exp + skew };
}

/** A number, a truth value or a plain text; anything else is as good as not there. */
function namedClaims(
  claims: Claims,
  names: readonly string[] | undefined,
): Readonly<Record<string, string | undefined>> | undefined {
  if (names === undefined) return undefined;
  const named: Record<string, string | undefined> = {};
  for (const name of names) named[name] = claimText(claims[name]);
  return named;
}

function claimText(value: unknown): string | undefined {
  if (typeof value === "boolean") return value ? "true" : "false";
  // A whole number that a double counts exactly has one text; others would be rounded.
  if (isTime(value) && value === Math.floor(value)) return string.format("%d", value);
  return typeof value === "string" ? plainText(value) : undefined;
}

export function rejected(rejection: Rejection, untilSeconds: number): Verdict {
  return { rejection, subject: undefined, untilSeconds };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= -latestSeconds && value <= latestSeconds;
}

function isTimeOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

/** `aud` is one text or a list of them (section 4.1.3). */
function isFor(audience: readonly string[], aud: unknown): boolean {
  if (typeof aud === "string") return audience.includes(aud);
  if (!Array.isArray(aud)) return false;
  for (const one of aud) if (audience.includes(one)) return true;
  return false;
}
