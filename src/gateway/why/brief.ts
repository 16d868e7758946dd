// What of a report stands in the header Portway-Why: what the client knows itself is left out, and of much the rest is in
// `portway why`.
import type { WhyReport, WhyStep, WhyTry } from "../../wire/why.ts";

/** As much as there is room for is told: 0 is all, the last is what always has room. */
export const leastDetail = 3;

/** `isCut` when something is left out. */
export interface BriefReport extends Pick<WhyReport, "status" | "route" | "service" | "refusedBy" | "reason"> {
  /** From its beginning to the headers of its answer. */
  readonly ms: number;
  readonly steps?: readonly WhyStep[];
  readonly tries?: readonly WhyTry[];
  readonly isCut?: true;
}

export function briefReport(report: WhyReport, detail: number): BriefReport {
  const { status, totalMs, route, service, refusedBy, reason, steps, tries } = report;
  return {
    status,
    ms: totalMs,
    ...(route !== undefined && { route }),
    ...(service !== undefined && { service }),
    ...(refusedBy !== undefined && { refusedBy }),
    ...(reason !== undefined && { reason }),
    ...(steps !== undefined && detail < leastDetail && { steps: briefSteps(steps, detail) }),
    ...(tries !== undefined && detail < leastDetail && { tries: briefTries(tries, detail) }),
    ...(detail > 0 && { isCut: true }),
  };
}

/** With less detail: those that have not run are the ones after the last. */
function briefSteps(steps: readonly WhyStep[], detail: number): readonly WhyStep[] {
  const told = detail < 2 ? steps : steps.filter(({ decision }) => decision !== "notRun" && decision !== "passed");
  return told.map(({ plugin, phase, decision, micros }) => ({
    plugin,
    phase,
    decision,
    ...(micros !== undefined && { micros: Math.floor(micros * 10 + 0.5) / 10 }),
  }));
}

function briefTries(tries: readonly WhyTry[], detail: number): readonly WhyTry[] {
  if (detail === 0) return tries;
  return tries.map(({ target, chosenBy, startMs, ms, outcome, isFailOpen, passedOver, others }) => {
    const left = (others ?? 0) + (passedOver?.length ?? 0);
    return { target, chosenBy, startMs, ms, outcome, isFailOpen, ...(left > 0 && { others: left }) };
  });
}
