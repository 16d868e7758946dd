// A report that is too long for where it goes: with less detail it says so. In the header Portway-Why what the client knows
// itself is left out too, and the rest is in `portway why`.
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
  const { status, totalMs, route, service, refusedBy, reason, tries } = report;
  const steps = briefSteps(report.steps ?? [], detail);
  return {
    status,
    ms: totalMs,
    ...(route !== undefined && { route }),
    ...(service !== undefined && { service }),
    ...(refusedBy !== undefined && { refusedBy }),
    ...(reason !== undefined && { reason }),
    ...(steps.length > 0 && detail < leastDetail && { steps }), // cjson has no empty list
    ...(tries !== undefined && detail < leastDetail && { tries: briefTries(tries, detail) }),
    ...(detail > 0 && { isCut: true }),
  };
}

/** As it is kept. With the least detail host and path are cut too: as JSON each of their bytes may be six. */
export function cutReport(report: WhyReport, detail: number): WhyReport {
  const { id, atMs, keptAs, method, host, path, totalMs } = report;
  const { ms, ...rest } = briefReport(report, detail);
  const most = detail < leastDetail ? 1024 : 128;
  return { id, atMs, keptAs, method, host: host.substring(0, most), path: path.substring(0, most), totalMs, ...rest };
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
