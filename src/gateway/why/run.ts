// The plugins of a request in the sample, each timed: what straight.ts does for all others without a clock.
import { countPluginTime } from "../rare-counts.ts";
import type { RequestRecord } from "../record.ts";
import type { Route } from "../world.ts";
import { nowMicros } from "./clock.ts";
import type { Trace } from "./trace.ts";

/** As `route.access`. */
export function runAccessTimed(request: RequestRecord, route: Route, trace: Trace): number {
  let steps = route.steps;
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index]!;
    trace.stepStartMicros = nowMicros();
    const status = step.run(request, step.ready);
    noteStepTime(trace, step.plugin);
    // one of the steps may choose a variant of the route: its steps up to there are the same
    steps = request.route!.steps;
    if (status === 0) continue;
    request.refusedBy = step.plugin;
    return status;
  }
  return 0;
}

/** The step of this plugin is over: it has let the request pass, refused it or answered it. */
export function noteStepTime(trace: Trace, plugin: string): void {
  const micros = nowMicros() - trace.stepStartMicros;
  trace.requestMicros.push(micros);
  if (trace.isSampled) countPluginTime(plugin, micros);
}

/** As `route.answer`. */
export function runAnswerTimed(request: RequestRecord, route: Route, trace: Trace): void {
  if (trace.answerMicros.length > 0) {
    runAgain(request, route);
    return;
  }
  for (const step of route.answerSteps) {
    const started = nowMicros();
    step.run(request, step.ready);
    const micros = nowMicros() - started;
    trace.answerMicros.push(micros);
    if (trace.isSampled) countPluginTime(step.plugin, micros);
  }
}

/** An answer that replaces another (an error page) has its headers changed too. */
function runAgain(request: RequestRecord, route: Route): void {
  for (const step of route.answerSteps) step.run(request, step.ready);
}
