// Ends requests whose bodies come drop by drop: nginx's time-out is for silence, so that a byte now and then would hold a connection
// or a stream, and what the request was let in to, for hours. Only bodies that are read whole before a target is chosen: the others
// are a stream, and may be quiet. Requests are looked at now and then and pay nothing for it.
import { endWait, isRequest } from "./cut.ts";
import { countRejection } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { recordsInUse } from "./record.ts";
import type { Pointer } from "./request.ts";
import { answerStatus, nowMs } from "./request.ts";
import { receivedBytes } from "./sent-bytes.ts";

/** @noSelf */
interface CastingFfi {
  readonly cast: (type: string, address: number) => Pointer;
}

const ffi: CastingFfi = require("ffi");

/** Of head and body, from the end of the head on: what the slowest modem is above. */
const leastBytesPerSecond = 240;
const mostLookMs = 5_000;
const bounds = { graceMs: 0, lookMs: 0, lookedMs: 0 };

/** A body has so long to come at any pace. */
export function boundBodies(graceMs: number): void {
  bounds.graceMs = graceMs;
  bounds.lookMs = Math.min(graceMs, mostLookMs);
}

/** It has no target and no answer: what it still waits for, after so long, is its body. */
function waitsForBody(key: number, record: RequestRecord): boolean {
  if (record.target !== undefined || record.tries > 0 || record.refusedBy !== "" || !isRequest(key)) return false;
  return answerStatus(ffi.cast("ngx_http_request_t *", key)) === 0;
}

/** Once a second. */
export function endSlowBodies(): void {
  const now = nowMs();
  if (now - bounds.lookedMs < bounds.lookMs) return;
  bounds.lookedMs = now;
  for (const [key, record] of recordsInUse()) {
    const ageMs = now - record.startMs;
    if (ageMs < bounds.graceMs || !waitsForBody(key, record)) continue;
    if (receivedBytes(ffi.cast("ngx_http_request_t *", key)) * 1000 >= ageMs * leastBytesPerSecond) continue;
    if (!endWait(key, now)) continue;
    record.refusedBy = "body";
    record.reason = "slow";
    countRejection("body", "slow");
  }
}
