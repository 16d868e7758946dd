// What is noted of a request while it runs, if anything is: plugins as they decide, targets as they are chosen and fail. A
// request in the sample has a trace from its start; one that fails gets it when it first fails.
import type { PassedOver, TryOutcome, WhyReport, WhyStep } from "../../wire/why.ts";
import { isTried } from "../balance/further.ts";
import type { RequestRecord } from "../record.ts";
import type { Service, Target } from "../world.ts";

export interface Trace {
  /** Whether plugins were timed. */
  readonly isTimed: boolean;
  /** It is one of the sample: its times are counted. */
  isSampled: boolean;
  /** Its client has asked for it, and may (debug.ts). */
  isTold: boolean;
  /** When the step at hand began (clock.ts), of a request whose plugins are timed. */
  stepStartMicros: number;
  /** By position in the route's steps (world.ts), as far as they ran. */
  readonly requestMicros: number[];
  readonly answerMicros: number[];
  readonly tries: NotedTry[];
}

interface NotedTry {
  readonly target: string;
  readonly chosenBy: string;
  readonly startMs: number;
  ms: number;
  outcome: TryOutcome;
  readonly isFailOpen: boolean;
  readonly passedOver?: readonly PassedOver[];
  readonly others?: number;
}

/** Targets of a try that are named. */
const mostPassedOver = 8;
const mostTries = 8;
const longestHost = 255;
const longestPath = 512;
const longestMethod = 32;

export function newTrace(isTimed: boolean): Trace {
  const noted = { requestMicros: [], answerMicros: [], tries: [] };
  return { isTimed, isSampled: false, isTold: false, stepStartMicros: 0, ...noted };
}

/** A target was chosen, and is not in `request.tried` yet. */
export function noteChoice(
  trace: Trace,
  request: RequestRecord,
  service: Service,
  target: Target,
  chosenBy: string,
  nowMs: number,
): void {
  if (trace.tries.length >= mostTries) return;
  trace.tries.push(tryOf(request, service, target, chosenBy, request.tries, nowMs));
}

/** The try at hand ended without an answer; `nowMs` when. */
export function noteEnd(trace: Trace, request: RequestRecord, outcome: TryOutcome, nowMs: number): void {
  const target = request.target;
  const service = request.route?.service;
  if (target === undefined || service === undefined) return;
  if (trace.tries.length === 0) {
    trace.tries.push(tryOf(request, service, target, service.balance, request.tries - 1, request.targetStartMs));
  }
  const last = trace.tries[trace.tries.length - 1]!;
  if (last.target !== target.name) return; // beyond the tries that are kept
  last.ms = nowMs - request.targetStartMs;
  last.outcome = outcome;
}

function tryOf(
  request: RequestRecord,
  service: Service,
  target: Target,
  chosenBy: string,
  before: number,
  nowMs: number,
): NotedTry {
  const passedOver: PassedOver[] = [];
  let others = 0;
  for (const one of service.targets) {
    if (one === target) continue;
    if (passedOver.length < mostPassedOver) passedOver.push(reasonOf(one, service, request, before, nowMs));
    else others++;
  }
  return {
    target: target.name,
    chosenBy,
    startMs: nowMs - request.startMs,
    ms: 0,
    outcome: "abandoned",
    isFailOpen: service.healthy.length === 0,
    ...(passedOver.length > 0 && { passedOver }),
    ...(others > 0 && { others }),
  };
}

function reasonOf(one: Target, service: Service, { tried }: RequestRecord, before: number, nowMs: number): PassedOver {
  const target = one.name;
  if (isTried(one, tried, before)) return { target, reason: "tried" };
  if (one.downReason !== undefined) return { target, reason: "down", detail: one.downReason };
  if (one.ejectedUntilMs > 0) {
    return { target, reason: "ejected", detail: `for ${Math.max(0, Math.ceil(one.ejectedUntilMs - nowMs))} ms more` };
  }
  return { target, reason: service.pool.includes(one) ? "another" : "farther" };
}

/** How the request ended: what the log phase knows of it. */
export interface Ending {
  readonly status: number;
  readonly nowMs: number;
  /** Since the epoch. */
  readonly atMs: number;
}

/** All that is told of a request that is over. */
export function reportOf(trace: Trace, request: RequestRecord, { status, nowMs, atMs }: Ending): WhyReport {
  const route = request.route;
  const steps = stepsOf(trace, request);
  const isRefused = request.refusedBy !== "";
  return {
    id: request.id,
    atMs,
    keptAs: isRefused || status >= 500 || trace.tries.length > 1 ? "failure" : "sample",
    method: string.sub(request.method, 1, longestMethod),
    host: string.sub(request.host, 1, longestHost),
    path: string.sub(request.path, 1, longestPath),
    status,
    totalMs: nowMs - request.startMs,
    ...(route !== undefined && { route: route.name }),
    ...(route?.service !== undefined && { service: route.service.name }),
    ...(isRefused && { refusedBy: request.refusedBy, reason: request.reason }),
    ...(request.endedFor === "overdue" && { reason: "overdue" }),
    ...(steps.length > 0 && { steps }),
    ...(trace.tries.length > 0 && { tries: trace.tries }),
  };
}

function stepsOf(trace: Trace, { route, refusedBy, answeredBy }: RequestRecord): WhyStep[] {
  const steps: WhyStep[] = [];
  if (route === undefined) return steps;
  let isOver = false;
  route.steps.forEach(({ plugin }, index) => {
    const ended = plugin === refusedBy ? "refused" : plugin === answeredBy ? "answered" : undefined;
    const micros = trace.requestMicros[index];
    const decision = isOver ? "notRun" : (ended ?? "passed");
    steps.push({ plugin, phase: "request", decision, ...(micros !== undefined && { micros }) });
    if (ended !== undefined) isOver = true;
  });
  route.answerSteps.forEach(({ plugin }, index) => {
    const micros = trace.answerMicros[index];
    const isRun = !trace.isTimed || micros !== undefined;
    const decision = isRun ? "passed" : "notRun";
    steps.push({ plugin, phase: "answer", decision, ...(micros !== undefined && { micros }) });
  });
  return steps;
}
