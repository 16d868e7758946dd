// The balancer phase: names the target of the request's next try. What a failed try says about its target is noted here;
// the last one's in the log phase, since nginx does not come back here after it.
import { noteFailure } from "./health.ts";
import { mayRetry } from "./methods.ts";
import { countRetry } from "./metrics.ts";
import { countTargetError, failureKind } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf } from "./record.ts";
import type { Pointer } from "./request.ts";
import { currentRequest, identity, nowMs } from "./request.ts";
import { firstTarget } from "./round-robin.ts";
import { furtherTarget } from "./round-robin-retry.ts";
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

function prepareTries(pointer: Pointer, record: RequestRecord, route: Route): void {
  const service = route.service;
  C.ngx_http_lua_ffi_balancer_set_timeouts(pointer, route.connectMs, route.sendMs, route.readMs, errorCell);
  const others = service.targets.length - 1;
  const tries = Math.min(service.retries, others);
  if (tries > 0 && mayRetry[record.method] !== undefined) {
    C.ngx_http_lua_ffi_balancer_set_more_tries(pointer, tries, errorCell);
  }
}

/** A kept connection that its target had closed gets another try from nginx, maybe with no other target left. */
function retryTarget(pointer: Pointer, record: RequestRecord, service: Service, failed: Target): Target {
  C.ngx_http_lua_ffi_balancer_get_last_failure(pointer, statusCell, errorCell);
  noteFailure(service, failed);
  countTargetError(service.name, failed.name, failureKind(statusCell[0]));
  countRetry(service.metrics);
  return furtherTarget(service, record.tried, record.tries) ?? failed;
}

export function balance(): void {
  const pointer = currentRequest();
  const record = recordOf(identity(pointer));
  const route = record?.route;
  if (record === undefined || route === undefined || record.isOverdue) {
    ngx.exit(declined);
    return;
  }
  const service = route.service;
  let target = record.target;
  if (target === undefined) {
    prepareTries(pointer, record, route);
    target = firstTarget(service)!;
  } else {
    target = retryTarget(pointer, record, service, target);
  }
  record.tried[record.tries] = target;
  record.tries++;
  record.target = target;
  record.targetStartMs = nowMs();
  C.ngx_http_lua_ffi_balancer_set_current_peer(pointer, target.address, target.address.length, target.port, errorCell);
}
