// What a route runs before its target and on the answer, besides what it says itself: by its plugins and its service.
import type { RouteObject } from "../../wire/edge.ts";
import type { Timeouts } from "../../wire/edge-service.ts";
import { admit, noteAnswerBegun } from "../admission.ts";
import { tellToken } from "../balance/sticky.ts";
import { watchDeadline } from "../deadlines.ts";
import { enterRoom, noteAnswered } from "../overload/shedding.ts";
import { pluginNamed } from "../plugins/table.ts";
import type { RequestRecord } from "../record.ts";
import { useTargetTls } from "../target-tls.ts";
import type { AccessStep, AnswerStep, PreparedPlugin, Service } from "../world.ts";

export function runAccess(request: RequestRecord, step: AccessStep): number {
  const status = step.run(request, step.ready);
  if (status !== 0) request.refusedBy = step.plugin;
  return status;
}

export function runAnswer(request: RequestRecord, step: AnswerStep): number {
  step.run(request, step.ready);
  return 0;
}

/** After all plugins: what they refuse takes no place. */
export function admissionSteps(service: Service | undefined): AccessStep[] {
  const room = service?.room;
  const breaker = service?.breaker;
  return [
    ...(room === undefined ? [] : [{ plugin: "overload", run: enterRoom, ready: room as never } as const]),
    ...(breaker === undefined ? [] : [{ plugin: "breaker", run: admit, ready: breaker as never } as const]),
  ];
}

export function tlsSteps(service: Service | undefined): AccessStep[] {
  const tls = service?.tls;
  return tls === undefined ? [] : [{ plugin: "tls", run: useTargetTls, ready: tls as never }];
}

export function pendingSteps(service: Service | undefined): AnswerStep[] {
  const breaker = service?.breaker;
  const isCounted = breaker?.pending !== undefined;
  return [
    ...(service?.room === undefined
      ? []
      : [{ plugin: "overload", run: noteAnswered, ready: undefined as never } as const]),
    ...(isCounted ? [{ plugin: "breaker", run: noteAnswerBegun, ready: breaker as never } as const] : []),
  ];
}

const never: Timeouts = { connectMs: 0, sendMs: 0, readMs: 0 };

export function timeoutsOf({ timeouts }: RouteObject, service: Service | undefined): Required<Timeouts> {
  const own = service?.timeouts ?? never;
  return {
    connectMs: timeouts?.connectMs ?? own.connectMs,
    sendMs: timeouts?.sendMs ?? own.sendMs,
    readMs: timeouts?.readMs ?? own.readMs,
    responseMs: timeouts?.responseMs ?? own.responseMs ?? 0,
    totalMs: timeouts?.totalMs ?? own.totalMs ?? 0,
  };
}

/** Only routes with a limit have their requests' ages looked at. */
export function deadlineSteps({ responseMs, totalMs }: Required<Timeouts>): AccessStep[] {
  return responseMs > 0 || totalMs > 0 ? [{ plugin: "deadline", run: watchDeadline, ready: undefined as never }] : [];
}

export function accessSteps(plugins: readonly PreparedPlugin[]): AccessStep[] {
  return plugins.flatMap(({ name, ready }) => {
    const run = pluginNamed(name)?.access;
    return run === undefined ? [] : [{ plugin: name, run, ready }];
  });
}

export function answerSteps(plugins: readonly PreparedPlugin[], service: Service | undefined): AnswerStep[] {
  const sticky: AnswerStep[] =
    service?.sticky === undefined ? [] : [{ plugin: "sticky", run: tellToken, ready: service as never }];
  const edits = plugins.flatMap(({ name, ready }) => {
    const run = pluginNamed(name)?.answer;
    return run === undefined ? [] : [{ plugin: name, run, ready }];
  });
  return [...sticky, ...edits];
}
