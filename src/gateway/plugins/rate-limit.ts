// rateLimit: a token bucket (gcra.ts) per client address, token subject, header value or route, shared by all workers.
// Headers as in draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "clientIp";q=100;w=1` (quota, window in
// seconds; sent when less than half is left) and `RateLimit: "clientIp";r=99;t=1` (tokens left, seconds until the bucket is
// full again, or until the next token with a refusal).
import type { RateLimitConfig } from "../../wire/edge-plugins.ts";
import { clientNetwork } from "../client-address.ts";
import { sha256 } from "../crypto/sha256.ts";
import type { Limit, Verdict } from "../gcra.ts";
import { takeToken } from "../gcra.ts";
import type { RequestRecord } from "../record.ts";
import { currentRequest, nowMs, setAnswerHeader, variable } from "../request.ts";
import type { Plugin } from "./plugin.ts";

interface Ready extends Limit {
  readonly per: RateLimitConfig["per"];
  /** nginx's variable of the header. */
  readonly variable: string;
  readonly keyPrefix: string;
  /** Told once less than half of the bucket is left, and with refusals. */
  readonly policy: string;
  readonly halfBurst: number;
  readonly textStart: string;
  /** The last RateLimit header and what it was made from: under an even load it seldom changes. */
  lastRemaining: number;
  lastSeconds: number;
  lastText: string;
}

const buckets = ngx.shared.pw_limits;
const longestPlainKey = 64;
const verdict: Verdict = { allowed: true, remaining: 0, waitMicros: 0 };

/** Whose bucket. A request without header or subject counts by address. */
function owner(request: RequestRecord, ready: Ready): string {
  if (ready.per === "route") return "";
  let value: string | undefined;
  if (ready.per === "subject") value = request.subject;
  else if (ready.per === "header") value = variable(currentRequest(), ready.variable);
  if (value !== undefined && value !== "") {
    const text = value.length > longestPlainKey ? sha256(value) : value;
    return `v${text}`;
  }
  const network = clientNetwork(request);
  return network;
}

function rateLimitText(ready: Ready, remaining: number, seconds: number): string {
  if (remaining !== ready.lastRemaining || seconds !== ready.lastSeconds) {
    ready.lastRemaining = remaining;
    ready.lastSeconds = seconds;
    // `| 0`: integers, which LuaJIT writes at a sixth of a float's cost.
    ready.lastText = `${ready.textStart}${remaining | 0};t=${seconds | 0}`;
  }
  return ready.lastText;
}

export const rateLimit: Plugin<"rateLimit", Ready> = {
  name: "rateLimit",
  prepare: (config) => ({
    per: config.per,
    variable: `http_${(config.header ?? "").toLowerCase().split("-").join("_")}`,
    keyPrefix: `${config.id}/${config.per}/${config.intervalMicros}/${config.burst}/`,
    policy: `"${config.per}";q=${config.tokens};w=${Math.max(1, Math.ceil(config.perMs / 1000))}`,
    textStart: `"${config.per}";r=`,
    intervalMicros: config.intervalMicros,
    burst: config.burst,
    halfBurst: config.burst / 2,
    lastRemaining: -1,
    lastSeconds: -1,
    lastText: "",
  }),
  access: (request, ready) => {
    const pointer = currentRequest();
    takeToken(buckets, ready.keyPrefix + owner(request, ready), ready, nowMs() * 1000, verdict);
    const seconds = Math.ceil(verdict.waitMicros / 1_000_000);
    setAnswerHeader(pointer, "RateLimit", rateLimitText(ready, verdict.remaining, seconds));
    if (verdict.remaining < ready.halfBurst) setAnswerHeader(pointer, "RateLimit-Policy", ready.policy);
    if (verdict.allowed) return 0;
    setAnswerHeader(pointer, "Retry-After", `${seconds}`);
    request.reason = "exceeded";
    return 429;
  },
};
