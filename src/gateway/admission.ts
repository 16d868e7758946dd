// Whether a service's breaker lets a request through, and what it hears of it. Runs for services that have a breaker alone:
// as the last step of a route's access, as the first of its answer where waiting requests are counted, and in the log phase.
// A refusal says why in Proxy-Status (RFC 9209).
import type { Breaker } from "./breaker.ts";
import { noProbe, noteOutcome, returnProbe, takeProbe } from "./breaker.ts";
import { onTurn } from "./breakers.ts";
import { leavePlace, takePlace } from "./concurrency.ts";
import type { RequestRecord } from "./record.ts";
import { clientClosed, currentRequest, nowMs, setAnswerHeader } from "./request.ts";
import { countInto } from "./tally.ts";

const shared = ngx.shared.pw_health;

function refuse(request: RequestRecord, reason: string, error: string, waitMs: number): number {
  const pointer = currentRequest();
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  setAnswerHeader(pointer, "Retry-After", `${seconds}`);
  setAnswerHeader(pointer, "Proxy-Status", `portway; error=${error}; details="${reason}"`);
  request.reason = reason;
  return 503;
}

function leavePlaces(request: RequestRecord, breaker: Breaker): void {
  if (request.isPending && breaker.pending !== undefined) leavePlace(shared, breaker.pending);
  if (breaker.active !== undefined) leavePlace(shared, breaker.active);
  request.isPending = false;
}

/** Takes a place of each limit; the reason when there is none. */
function takePlaces(request: RequestRecord, breaker: Breaker): string | undefined {
  const { active, pending } = breaker;
  if (active !== undefined && !takePlace(shared, active)) return "active";
  if (pending === undefined) return undefined;
  if (takePlace(shared, pending)) {
    request.isPending = true;
    return undefined;
  }
  if (active !== undefined) leavePlace(shared, active);
  return "pending";
}

/** 0 when the request may go on, otherwise the status of its refusal. */
export function admit(request: RequestRecord, breaker: Breaker): number {
  if (request.admittedBy !== undefined) return 0;
  const until = breaker.openUntilMs;
  const now = nowMs();
  if (now < until) return refuse(request, "open", "destination_unavailable", until - now);
  const full = takePlaces(request, breaker);
  if (full !== undefined) return refuse(request, full, "connection_limit_reached", 0);
  request.probe = until === 0 ? noProbe : takeProbe(shared, breaker, now, onTurn);
  if (until !== 0 && request.probe === noProbe) {
    leavePlaces(request, breaker);
    return refuse(request, "halfOpen", "destination_unavailable", breaker.rules.cooldownMs);
  }
  request.admittedBy = breaker;
  request.generation = breaker.generation;
  return 0;
}

/** The answer has begun: the request waits no more. */
export function noteAnswerBegun(request: RequestRecord, breaker: Breaker): void {
  if (!request.isPending || breaker.pending === undefined) return;
  request.isPending = false;
  leavePlace(shared, breaker.pending);
}

/** The request is over; a client that went, or a request that reached no target, says nothing of the service. */
export function settleAdmission(request: RequestRecord, breaker: Breaker, status: number): void {
  request.admittedBy = undefined;
  leavePlaces(request, breaker);
  if (request.target === undefined || status === clientClosed) {
    if (request.probe !== noProbe) returnProbe(shared, breaker, request.generation, request.probe);
    return;
  }
  const isFailure = status >= 500;
  if (request.generation === breaker.generation) countInto(breaker.tally, isFailure);
  noteOutcome(shared, breaker, request.generation, isFailure, nowMs(), onTurn);
}
