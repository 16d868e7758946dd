// Copies of a share of a route's requests, sent to another service. nginx's own mirroring holds back the next request of the
// connection until the copy is over; here a timer of nginx sends it while the request goes on by itself, and what becomes of it
// is counted, nothing more. Only what costs little is copied: requests without a body or with a small one that is in memory,
// and so many at a time.
import type { MirrorConfig } from "../../wire/edge.ts";
import { lastRefusal } from "../last-checks.ts";
import { countMirrored } from "../rare-counts.ts";
import type { RequestRecord } from "../record.ts";
import { currentRequest, variable } from "../request.ts";
import { mayHaveBody, readBody } from "../request-body.ts";
import type { AccessStep, Service, Target } from "../world.ts";
import { copyOf } from "./copy.ts";
import { sendCopy } from "./send.ts";

export interface Mirror {
  readonly service: Service;
  readonly percent: number;
  readonly mostBytes: number;
  /** Percent of a copy that the requests since the last one make. */
  due: number;
  /** Whose turn it is. */
  turn: number;
}

/** Of a worker, under way at once. */
const mostCopies = 64;
const underWay = { count: 0 };

function nextTarget(mirror: Mirror): Target | undefined {
  const turns = mirror.service.turns;
  if (turns.length === 0) return undefined;
  mirror.turn = (mirror.turn + 1) % turns.length;
  return turns[mirror.turn];
}

/** Undefined: it is not copied. */
function bodyOf({ method }: RequestRecord, mostBytes: number): string | undefined {
  const pointer = currentRequest();
  if (variable(pointer, "http_upgrade") !== undefined) return undefined;
  if (!mayHaveBody(pointer, method)) return "";
  if (variable(pointer, "content_length") === undefined) return undefined;
  const body = readBody(pointer, mostBytes);
  return body;
}

function send(request: RequestRecord, mirror: Mirror): string {
  if (underWay.count >= mostCopies) return "dropped";
  const body = bodyOf(request, mirror.mostBytes);
  if (body === undefined) return "skipped";
  const target = nextTarget(mirror);
  if (target === undefined) return "failed";
  const text = copyOf(request, body);
  const route = request.route!.metrics.name;
  const timeouts = mirror.service.timeouts;
  const [isStarted] = ngx.timer.at(0, () => {
    const [isDone, outcome] = pcall(sendCopy, target, timeouts, text);
    underWay.count--;
    countMirrored(route, isDone ? (outcome as string) : "failed");
  });
  if (!isStarted) return "dropped";
  underWay.count++;
  return "";
}

function copy(request: RequestRecord, mirror: Mirror): number {
  mirror.due += mirror.percent;
  if (mirror.due < 100) return 0;
  mirror.due -= 100;
  if (lastRefusal(currentRequest(), request.route!) !== "") return 0;
  const outcome = send(request, mirror);
  if (outcome !== "") countMirrored(request.route!.metrics.name, outcome);
  return 0;
}

/** The last step, so that what is refused is not copied. */
export function mirrorSteps(config: MirrorConfig | undefined, service: Service | undefined): AccessStep[] {
  if (config === undefined || service === undefined) return [];
  const mirror: Mirror = { service, percent: config.percent, mostBytes: config.mostBytes, due: 0, turn: 0 };
  return [{ plugin: "mirror", run: copy, ready: mirror as never }];
}
