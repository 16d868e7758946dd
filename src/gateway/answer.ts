// The header-filter phase: what the target answered, and what plugins change of it.
import { noteFailure } from "./health.ts";
import { countTargetError } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf } from "./record.ts";
import { answerStatus, currentRequest, identity, nowMs } from "./request.ts";
import type { Route, Target } from "./world.ts";

const switchingProtocols = 101;

/**
 * What is no final response ends both connections: an interim one (nginx would take what follows for its body) and one
 * that is not HTTP at all (nginx would pass it on as HTTP/0.9, without a header, so that no 502 can be sent any more).
 */
function breakOff(route: Route, target: Target): void {
  noteFailure(route.service, target);
  countTargetError(route.service.name, target.name, "notResponse");
  ngx.exit(ngx.ERROR);
}

function answerOf(record: RequestRecord, route: Route, status: number): void {
  const target = record.target;
  if (target !== undefined && record.targetMs < 0) {
    if (status < 200 && status !== switchingProtocols) {
      breakOff(route, target);
      return;
    }
    record.targetMs = nowMs() - record.targetStartMs;
  }
  route.answer(record);
}

export function answer(): void {
  const pointer = currentRequest();
  const record = recordOf(identity(pointer));
  if (record === undefined) return;
  const route = record.route;
  if (route !== undefined) answerOf(record, route, answerStatus(pointer));
}
