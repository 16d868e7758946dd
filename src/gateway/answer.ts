// The header-filter phase: what the target answered, and what plugins change of it.
import { refuseAnswer } from "./broken-answer.ts";
import { pause, resume } from "./own-time.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf } from "./record.ts";
import type { Pointer } from "./request.ts";
import { answerStatus, currentRequest, identity, nowMs, variable } from "./request.ts";
import { runAnswerTimed } from "./why/run.ts";
import { tellWhy } from "./why/tell.ts";
import type { Route } from "./world.ts";

const switchingProtocols = 101;

function isWebSocket(pointer: Pointer, status: number): boolean {
  return status === switchingProtocols && variable(pointer, "portway_upgrade") === "websocket";
}

function answerOf(pointer: Pointer, record: RequestRecord, route: Route, status: number): void {
  const target = record.target;
  if (target !== undefined && record.targetMs < 0) {
    if (status < 200 && !isWebSocket(pointer, status)) {
      refuseAnswer(pointer, record, route.service!, target, status);
      return;
    }
    record.targetMs = nowMs() - record.targetStartMs;
  }
  const trace = record.trace;
  if (trace === undefined) route.answer(record);
  else {
    runAnswerTimed(record, route, trace);
    tellIfAsked(pointer, record, status);
  }
}

function tellIfAsked(pointer: Pointer, record: RequestRecord, status: number): void {
  const trace = record.trace;
  if (trace?.isTold) tellWhy(trace, pointer, record, status);
}

export function answer(): void {
  const pointer = currentRequest();
  const record = recordOf(identity(pointer));
  if (record === undefined) return;
  const timing = record.timing;
  if (timing !== undefined) resume(timing);
  const route = record.route;
  const status = answerStatus(pointer);
  if (route !== undefined) answerOf(pointer, record, route, status);
  else tellIfAsked(pointer, record, status);
  if (timing !== undefined) pause(timing);
}
