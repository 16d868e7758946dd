// The log phase: what is counted once a request is over.
import { settleAdmission } from "./admission.ts";
import { settle } from "./balance/settle.ts";
import { leaveClient } from "./clients/client-limits.ts";
import { noteAnswer, noteFailure } from "./health.ts";
import { lastTryFailed } from "./last-try.ts";
import { countRequest, countTarget } from "./metrics.ts";
import { unrouted } from "./metrics-registry.ts";
import { leaveRoom } from "./overload/shedding.ts";
import { endTiming, resume } from "./own-time.ts";
import { countGivenUp, countTargetError, failureKind } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf, releaseRecord } from "./record.ts";
import type { Pointer } from "./request.ts";
import { answerStatus, clientClosed, currentRequest, identity, nowMs } from "./request.ts";
import { mayHaveBody, receivedBytes, sentBytes } from "./sent-bytes.ts";
import { leaveSlot } from "./target-slots.ts";
import { endTrace } from "./why/keep.ts";
import type { Service, Target } from "./world.ts";

/** A target that broke off instead of answering leaves nginx without a status: for the client that was a bad gateway. */
function countedStatus(record: RequestRecord, status: number): number {
  return record.target !== undefined && record.targetMs < 0 && status < 200 ? 502 : status;
}

function noteLastTry(pointer: Pointer, status: number, service: Service, target: Target): void {
  if (lastTryFailed(pointer, status)) {
    noteFailure(service, target);
    countTargetError(service.name, target.name, failureKind(status));
  } else if (target.isSuspect) {
    noteAnswer(target, status);
  }
}

function logTarget(pointer: Pointer, record: RequestRecord, status: number, service: Service, target: Target): void {
  countTarget(service.metrics, countedStatus(record, status), record.targetMs);
  if (record.isNoted) return;
  if (service.isTracked) settle(record, service, target, status);
  if (record.targetMs < 0) return;
  if (status >= 500) noteLastTry(pointer, status, service, target);
  else if (target.isSuspect) noteAnswer(target, status);
}

export function log(): void {
  const pointer = currentRequest();
  const key = identity(pointer);
  const record = recordOf(key);
  if (record === undefined) {
    const ms = (ngx.now() - ngx.req.start_time()) * 1000;
    countRequest(unrouted, answerStatus(pointer), ms, sentBytes(pointer));
    return;
  }
  const timing = record.timing;
  if (timing !== undefined) resume(timing);
  const status = record.problemStatus !== 0 ? record.problemStatus : answerStatus(pointer);
  const route = record.route;
  if (status === clientClosed && record.targetMs < 0) countGivenUp();
  const metrics = route === undefined ? unrouted : route.metrics;
  countRequest(metrics, countedStatus(record, status), nowMs() - record.startMs, sentBytes(pointer));
  if (mayHaveBody[record.method] !== undefined) metrics.receivedBytes += receivedBytes(pointer);
  // Before the failure is noted, which may change what is told of the target.
  if (record.trace !== undefined || status >= 500) endTrace(pointer, record, countedStatus(record, status));
  const target = record.target;
  const service = route?.service;
  const given = record.givenStatus !== 0 ? record.givenStatus : status;
  if (service !== undefined && target !== undefined) logTarget(pointer, record, given, service, target);
  if (record.admittedBy !== undefined) settleAdmission(record, record.admittedBy, countedStatus(record, given));
  if (record.room !== undefined) leaveRoom(record, record.room);
  if (record.slot !== undefined) leaveSlot(record.slot, nowMs());
  if (record.client !== undefined) leaveClient(record, record.client, status);
  if (timing !== undefined) endTiming(timing, metrics);
  releaseRecord(key, record);
}
