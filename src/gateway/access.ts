// The access phase: which route takes the request, and whether its plugins let it in.
import { methodsAllowed, routeByConditions } from "./asked.ts";
import { admitClient } from "./clients/client-limits.ts";
import { current } from "./current.ts";
import { lastRefusal } from "./last-checks.ts";
import { logEncodedPath } from "./logged.ts";
import { methodName } from "./methods.ts";
import { isEdgeFull, refuseForNow } from "./overload/shedding.ts";
import { pace } from "./own-pace.ts";
import { beginTiming, pause } from "./own-time.ts";
import { preflightRoute } from "./preflight.ts";
import { countRejection } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { takeRecord } from "./record.ts";
import { refuse } from "./refuse.ts";
import type { Pointer } from "./request.ts";
import { currentRequest, identity, methodBit, nowMs, setVariable, variable } from "./request.ts";
import { nextRequestId } from "./request-id.ts";
import { canonicalPath } from "./routing/path.ts";
import { findPlace, routeFor } from "./routing/router.ts";
import { mayName } from "./tls.ts";
import { beginIfAsked } from "./why/debug.ts";
import { beginFailure, beginTrace } from "./why/keep.ts";
import { runAccessTimed } from "./why/run.ts";
import { sampling } from "./why/sample.ts";

/** Remembers why, for the metrics. */
function refusal(record: RequestRecord, status: number, refusedBy: string, reason: string): number {
  record.refusedBy = refusedBy;
  record.reason = reason;
  return status;
}

/** True when the connection's TLS name allows the host. */
function isDirected(pointer: Pointer, host: string): boolean {
  const serverName = variable(pointer, "ssl_server_name");
  if (serverName === undefined || serverName === "") return true;
  const isAllowed = mayName(host, serverName);
  return isAllowed;
}

/** 0 when the request goes on to a target, otherwise the status of its refusal. */
function decide(pointer: Pointer, record: RequestRecord): number {
  const host = variable(pointer, "host") ?? "";
  record.host = host;
  const limits = current.world.clientLimits;
  if (limits !== undefined) {
    const status = admitClient(record, limits);
    if (status !== 0) return status;
  }
  if (isEdgeFull()) return refuseForNow(record, "connections");
  if (record.isSecure && !isDirected(pointer, host)) return refusal(record, 421, "router", "misdirected");

  const target = variable(pointer, "request_uri") ?? "";
  const unclear = canonicalPath(target, record);
  if (record.isEncoded) logEncodedPath(pointer, target);
  if (unclear !== undefined) return refusal(record, 400, "path", unclear);

  const place = findPlace(current.world.router, host, record.path);
  if (place === undefined) return refusal(record, 404, "router", "noRoute");
  const method = methodName(methodBit(pointer)) ?? ngx.req.get_method();
  record.method = method;
  let route =
    place.conditional === undefined ? routeFor(place, method) : routeByConditions(place, record, method, target);
  if (method === "OPTIONS") route = preflightRoute(pointer, place, record, target) ?? route;
  if (route === undefined) {
    const allowed = methodsAllowed(record, target);
    if (allowed === "") return refusal(record, 404, "router", "noRoute");
    ngx.header["Allow"] = allowed;
    return refusal(record, 405, "router", "method");
  }
  record.route = route;
  const debugKeys = current.world.debugKeys;
  if (debugKeys?.isOn) beginIfAsked(pointer, record, debugKeys);

  const status = record.trace === undefined ? route.access(record) : runAccessTimed(record, route, record.trace);
  if (status !== 0) return status;
  const taken = record.route; // a route over several services has given way to the one for its choice
  const refused = lastRefusal(pointer, taken);
  if (refused === "") return 0;
  if (refused === "tooLarge") return refusal(record, 413, "body", refused);
  return refusal(record, 503, "balancer", refused);
}

/** Lets the request go on, or answers it with a problem document; `isSecure` says whether it came by TLS. */
export function access(isSecure: boolean): void {
  const pointer = currentRequest();
  const record = takeRecord(identity(pointer));
  record.startMs = nowMs();
  record.isSecure = isSecure;
  record.id = nextRequestId();
  sampling.left--;
  if (sampling.left <= 0) beginTrace(record);
  pace.left--;
  if (pace.left <= 0) beginTiming(record);
  setVariable(pointer, "portway_request_id", record.id);
  const status = decide(pointer, record);
  if (record.timing !== undefined) pause(record.timing);
  if (status === 0) {
    const location = record.route!.location;
    if (location !== "") ngx.exec(location);
    return;
  }
  const debugKeys = current.world.debugKeys;
  if (debugKeys?.isOn && record.route === undefined) beginIfAsked(pointer, record, debugKeys);
  countRejection(record.refusedBy, record.reason);
  beginFailure(record);
  refuse(pointer, status, record.id);
}
