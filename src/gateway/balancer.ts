// The balancer phase: names the target of the request's next try. What a failed try says about its target is noted here;
// the last one's in the log phase, since nginx does not come back here after it.
import { begin, end } from "./balance/load.ts";
import { takeRetry } from "./balance/retry-budget.ts";
import { noteFailure } from "./health.ts";
import { isIdempotent, mayRetry } from "./methods.ts";
import { countRetry } from "./metrics.ts";
import { pause, resume } from "./own-time.ts";
import { countRejection, countTargetError, failureKind } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf } from "./record.ts";
import type { Pointer } from "./request.ts";
import { currentRequest, identity, nowMs } from "./request.ts";
import { noteChosen, noteFailed } from "./why/keep.ts";
import type { Route, Service, Target } from "./world.ts";

/** @noSelf */
interface BalancerLibrary {
  readonly ngx_http_lua_ffi_balancer_set_current_peer: (
    request: Pointer,
    address: string,
    addressLength: number,
    port: number,
    error: CData,
  ) => number;
  readonly ngx_http_lua_ffi_balancer_set_timeouts: (
    request: Pointer,
    connectMs: number,
    sendMs: number,
    readMs: number,
    error: CData,
  ) => number;
  readonly ngx_http_lua_ffi_balancer_set_more_tries: (request: Pointer, count: number, error: CData) => number;
  readonly ngx_http_lua_ffi_balancer_get_last_failure: (request: Pointer, status: CData, error: CData) => number;
}

const ffi: Ffi<BalancerLibrary> = require("ffi");
require("ngx.balancer");
const C = ffi.C;
const errorCell = ffi.new("char *[1]");
const statusCell = ffi.new("int[1]") as CData & { 0: number };

/** Ends the try with 502. */
const declined = -3;

function setTimeouts(pointer: Pointer, route: Route): void {
  C.ngx_http_lua_ffi_balancer_set_timeouts(pointer, route.connectMs, route.sendMs, route.readMs, errorCell);
}

/** While another try may follow, this one has less time; what cannot be repeated once it was sent, less to connect alone. */
function setTryTimeouts(pointer: Pointer, method: string, route: Route, tryTimeoutMs: number): void {
  const connectMs = Math.min(route.connectMs, tryTimeoutMs);
  const readMs = isIdempotent[method] ? Math.min(route.readMs, tryTimeoutMs) : route.readMs;
  C.ngx_http_lua_ffi_balancer_set_timeouts(pointer, connectMs, route.sendMs, readMs, errorCell);
}

function prepareTries(pointer: Pointer, record: RequestRecord, route: Route, service: Service): void {
  service.budget.requests++;
  if (service.furtherTries > 0 && mayRetry[record.method] !== undefined) {
    C.ngx_http_lua_ffi_balancer_set_more_tries(pointer, service.furtherTries, errorCell);
    if (service.tryTimeoutMs > 0) {
      setTryTimeouts(pointer, record.method, route, service.tryTimeoutMs);
      return;
    }
  }
  setTimeouts(pointer, route);
}

/**
 * A kept connection that its target had closed gets another try from nginx, also in a service without retries, and maybe
 * with no other target left. Undefined: there may be no other try.
 */
function retryTarget(pointer: Pointer, record: RequestRecord, service: Service, failed: Target): Target | undefined {
  C.ngx_http_lua_ffi_balancer_get_last_failure(pointer, statusCell, errorCell);
  const kind = failureKind(statusCell[0]);
  noteFailed(record, kind);
  noteFailure(service, failed);
  countTargetError(service.name, failed.name, kind);
  const now = nowMs();
  if (service.isTracked) end(service, failed, now - record.targetStartMs, "failed", now);
  if (service.furtherTries > 0 && !takeRetry(service.budget, service.budgetShare, service.leastRetries)) {
    countRejection("balancer", "retryBudget");
    record.refusedBy = "balancer";
    record.reason = "retryBudget";
    return undefined;
  }
  countRetry(service.metrics);
  if (service.tryTimeoutMs > 0 && record.tries >= service.furtherTries) setTimeouts(pointer, record.route!);
  return service.further(service, record) ?? failed;
}

export function balance(): void {
  const pointer = currentRequest();
  const record = recordOf(identity(pointer));
  const route = record?.route;
  const service = route?.service;
  if (record === undefined || route === undefined || service === undefined || record.endedFor !== "") {
    ngx.exit(declined);
    return;
  }
  const timing = record.timing;
  if (timing !== undefined) resume(timing);
  let target = record.target;
  if (target === undefined) {
    prepareTries(pointer, record, route, service);
    target = service.pick(service, record);
  } else {
    target = retryTarget(pointer, record, service, target);
  }
  if (target === undefined) {
    record.isNoted = true;
    ngx.exit(declined);
    return;
  }
  if (record.trace !== undefined) noteChosen(record.trace, record, service, target);
  if (service.isTracked) begin(service, target);
  record.tried[record.tries] = target;
  record.tries++;
  record.target = target;
  record.targetStartMs = nowMs();
  C.ngx_http_lua_ffi_balancer_set_current_peer(pointer, target.address, target.address.length, target.port, errorCell);
  if (timing !== undefined) pause(timing);
}
