// What becomes of traces: a request that is over hands its report to its worker, which puts it where all workers' are
// (ring.ts) in its next tick, so many a tick that no request waits for it.
import type { TryOutcome, WhyReport } from "../../wire/why.ts";
import { stuckTarget } from "../balance/sticky.ts";
import { lastTryFailed } from "../last-try.ts";
import { pause, resume } from "../own-time.ts";
import { countUnkept, failureKind } from "../rare-counts.ts";
import type { RequestRecord } from "../record.ts";
import type { Pointer } from "../request.ts";
import { clientClosed, nowMs } from "../request.ts";
import type { Service, Target } from "../world.ts";
import { cutReport, leastDetail } from "./brief.ts";
import { find, keep, lastOf, longestReport } from "./ring.ts";
import { drawGap } from "./sample.ts";
import type { Trace } from "./trace.ts";
import { newTrace, noteChoice, noteEnd, reportOf } from "./trace.ts";

const cjson: CjsonSafe = require("cjson.safe");
const shared = ngx.shared.pw_why;

/** Reports of a tick; a worker that has more, because it refuses thousands of requests a second, keeps the first ones. */
const mostWaiting = 64;
const mostListed = 50;

const waiting: WhyReport[] = [];

/** The request is in the sample. */
export function beginTrace(request: RequestRecord): void {
  drawGap();
  const trace = newTrace(true);
  trace.isSampled = true;
  request.trace = trace;
}

/** Its client has asked for it. */
export function beginTold(request: RequestRecord): void {
  const trace = request.trace ?? newTrace(true);
  trace.isTold = true;
  request.trace = trace;
}

/** The request has failed: it is kept. */
export function beginFailure(request: RequestRecord): Trace {
  const trace = request.trace ?? newTrace(false);
  request.trace = trace;
  return trace;
}

/** A target was chosen for the next try. */
export function noteChosen(trace: Trace, request: RequestRecord, service: Service, target: Target): void {
  noteChoice(trace, request, service, target, chooser(request, service, target), nowMs());
}

function chooser(request: RequestRecord, service: Service, target: Target): string {
  if (request.tries > 0) return "retry";
  const { sticky, balance } = service;
  return sticky !== undefined && stuckTarget(service, sticky) === target ? "sticky" : balance;
}

/** The try at hand has failed, and there may be another. */
export function noteFailed(request: RequestRecord, kind: TryOutcome): void {
  noteEnd(beginFailure(request), request, kind, nowMs());
}

/** The request is over; called for one with a trace, or a status from 500. */
export function endTrace(pointer: Pointer, request: RequestRecord, status: number): void {
  if (waiting.length >= mostWaiting) {
    countUnkept();
    return;
  }
  const timing = request.timing;
  if (timing !== undefined) pause(timing); // what this costs is of the few that are kept
  waiting.push(reportNow(beginFailure(request), pointer, request, status));
  if (timing !== undefined) resume(timing);
}

/** As far as the request has come. */
export function reportNow(trace: Trace, pointer: Pointer, request: RequestRecord, status: number): WhyReport {
  const now = nowMs();
  if (request.method === "") request.method = ngx.req.get_method();
  if (request.target !== undefined && !request.isNoted) noteLast(trace, pointer, request, status, now);
  return reportOf(trace, request, { status, nowMs: now, atMs: Math.floor(ngx.now() * 1000) });
}

function noteLast(trace: Trace, pointer: Pointer, request: RequestRecord, status: number, now: number): void {
  const { targetMs, targetStartMs } = request;
  if (targetMs < 0) noteEnd(trace, request, status === clientClosed ? "abandoned" : "notResponse", now);
  else if (status >= 500 && lastTryFailed(pointer, status)) noteEnd(trace, request, failureKind(status), now);
  else noteEnd(trace, request, "answered", targetStartMs + targetMs);
}

/** Once in a tick. */
export function handOverReports(): void {
  for (const report of waiting) {
    const text = textOf(report);
    if (text === undefined || !keep(shared, report.keptAs === "sample" ? "sample" : "failure", report.id, text))
      countUnkept();
  }
  waiting.length = 0;
}

/** With as much detail as there is room for. */
function textOf(report: WhyReport): string | undefined {
  let [text] = cjson.encode(report);
  for (let detail = 1; detail <= leastDetail && text !== undefined && text.length > longestReport; detail++) {
    [text] = cjson.encode(cutReport(report, detail));
  }
  return text;
}

/** For GET /why?id=ID: the report as JSON. */
export function reportText(id: string): string | undefined {
  return find(shared, id);
}

/** For GET /why: the last failures as a JSON list, newest first. */
export function lastFailures(): string {
  return `[${lastOf(shared, "failure", mostListed).join(",")}]`;
}
