// What a target sends instead of a final response: an interim one (nginx would take what follows for its body), or what is no
// HTTP at all. The client gets 502, and both connections are closed, so that nothing that follows is read as an answer.
import { end } from "./balance/load.ts";
import { cutTarget } from "./cut.ts";
import { noteFailure } from "./health.ts";
import { countTargetError } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import type { Pointer } from "./request.ts";
import { identity, methodBit, nowMs, variable } from "./request.ts";
import { noteFailed } from "./why/keep.ts";
import type { Service, Target } from "./world.ts";

interface Words extends CData {
  [index: number]: number;
}

/** @noSelf */
interface CastingFfi {
  readonly cast: (type: string, value: number) => Words;
}

const ffi: CastingFfi = require("ffi");

const badGateway = 502;
/** nginx's numbers of HTTP versions: 0.9, 1.1. */
const noVersion = 9;
const versions: Readonly<Record<string, number>> = { "HTTP/1.0": 1000, "HTTP/1.1": 1001, "HTTP/2.0": 2000 };
/** Of an ngx_http_request_t, in which the search for its version stays. */
const mostWords = 150;

/**
 * nginx takes what is no HTTP for an answer of HTTP/0.9, and would answer the client so too, without a header. The version
 * stands between the method and the length of the request's line, which are known: that is how its place is found.
 */
function restoreVersion(pointer: Pointer): boolean {
  const version = versions[variable(pointer, "server_protocol") ?? ""];
  const lineBytes = (variable(pointer, "request") ?? "").length;
  const method = methodBit(pointer);
  const words = ffi.cast("uintptr_t *", identity(pointer));
  for (let at = 1; at < mostWords; at++) {
    const isPlace =
      tonumber(words[at]) === noVersion && tonumber(words[at - 1]) === method && tonumber(words[at + 1]) === lineBytes;
    if (!isPlace) continue;
    if (version !== undefined) words[at] = version;
    return version !== undefined;
  }
  return false;
}

/** In the header filter, for a status that no final response has. */
export function refuseAnswer(
  pointer: Pointer,
  record: RequestRecord,
  service: Service,
  target: Target,
  status: number,
): void {
  noteFailed(record, "notResponse");
  noteFailure(service, target);
  countTargetError(service.name, target.name, "notResponse");
  const now = nowMs();
  if (service.isTracked) end(service, target, now - record.targetStartMs, "failed", now);
  // nginx would keep the connection after an answer without a body, and read the rest as another request's answer
  cutTarget(identity(pointer), record);
  record.isNoted = true;
  record.endedFor = "brokenAnswer";
  ngx.exit(status >= 100 || restoreVersion(pointer) ? badGateway : ngx.ERROR);
}
