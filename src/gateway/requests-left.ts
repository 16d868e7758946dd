// Which kinds of requests are left of a drain. Asked each second of the few that a drain waits for, and never on the way of
// a request: nginx is asked once for each, when its answer has begun.
import { isRequest } from "./cut.ts";
import type { RequestRecord } from "./record.ts";
import type { Pointer } from "./request.ts";
import { answerStatus, variable } from "./request.ts";

/** @noSelf */
interface CastingFfi {
  readonly cast: (type: string, address: number) => Pointer;
}

const ffi: CastingFfi = require("ffi");
const switchingProtocols = 101;

export type Kind = "plain" | "webSockets" | "eventStreams" | "grpcCalls";

interface Known {
  readonly id: string;
  readonly kind: Kind;
}

/** By the key of their records (record.ts), of those that were asked for in this second and in the last. */
const known: { now: Record<number, Known | undefined>; before: Record<number, Known | undefined> } = {
  now: {},
  before: {},
};

/** Another second begins: requests that have ended since are forgotten. */
export function beginCounting(): void {
  known.before = known.now;
  known.now = {};
}

export function kindOf(key: number, record: RequestRecord): Kind {
  if (record.route?.service?.protocol === "grpc") return "grpcCalls";
  if (record.targetMs < 0) return "plain";
  const before = known.now[key] ?? known.before[key];
  const kind = before !== undefined && before.id === record.id ? before.kind : askedKind(key);
  known.now[key] = { id: record.id, kind };
  return kind;
}

function askedKind(key: number): Kind {
  if (!isRequest(key)) return "plain";
  const pointer = ffi.cast("ngx_http_request_t *", key);
  if (answerStatus(pointer) === switchingProtocols) return "webSockets";
  return (variable(pointer, "upstream_http_content_type") ?? "").startsWith("text/event-stream")
    ? "eventStreams"
    : "plain";
}
