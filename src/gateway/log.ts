// The log phase: what is counted once a request is over.
import { noteFailure, noteSuccess } from "./health.ts";
import { countRequest, countTarget } from "./metrics.ts";
import { unrouted } from "./metrics-registry.ts";
import { countTargetError } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf, releaseRecord } from "./record.ts";
import type { Pointer } from "./request.ts";
import { answerStatus, currentRequest, identity, nowMs, variable } from "./request.ts";
import type { Service, Target } from "./world.ts";

/** The last try failed when nginx made the error itself: then there is no time of the target's headers. */
function noteLastTry(pointer: Pointer, status: number, service: Service, target: Target): void {
  const headerTimes = variable(pointer, "upstream_header_time") ?? "-";
  if (string.sub(headerTimes, -1) !== "-") {
    if (target.isSuspect) noteSuccess(target);
    return;
  }
  noteFailure(service, target);
  countTargetError(service.name, target.name, status === 504 ? "timeout" : "failed");
}

function logTarget(pointer: Pointer, record: RequestRecord, status: number, service: Service, target: Target): void {
  if (record.targetMs >= 0) countTarget(service.metrics, record.targetMs);
  if (status >= 500) noteLastTry(pointer, status, service, target);
  else if (target.isSuspect && status >= 200 && status !== 499) noteSuccess(target);
}

export function log(): void {
  const pointer = currentRequest();
  const key = identity(pointer);
  const record = recordOf(key);
  const status = answerStatus(pointer);
  if (record === undefined) {
    countRequest(unrouted, status, 0);
    return;
  }
  const route = record.route;
  countRequest(route === undefined ? unrouted : route.metrics, status, nowMs() - record.startMs);
  if (route !== undefined && record.target !== undefined) {
    logTarget(pointer, record, status, route.service, record.target);
  }
  releaseRecord(key, record);
}
