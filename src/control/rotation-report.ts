// A rotation as the API shows it: how far it is, and what each part of it waits for. Pure.
import { lacking } from "../plan/rotation/advance.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import { obstacle, planesLeft } from "../plan/rotation/select.ts";
import type { RotationView } from "../plan/rotation/view.ts";
import type { RotationReport } from "../wire/rotation.ts";
import type { Warning } from "../wire/warnings.ts";

export function rotationReport(run: RotationRun, view: RotationView | undefined): RotationReport {
  const { number, startedBy, renewed, failed, abortedBy, endedAtMs } = run;
  return {
    number,
    startedBy,
    startedAt: iso(run.startedAtMs),
    ...(endedAtMs !== undefined && { endedAt: iso(endedAtMs) }),
    ...(abortedBy !== undefined && { abortedBy }),
    renewed,
    active: run.active.map((step) => {
      const waitsFor = view && lacking(run, step, view);
      const { host, plane, phase, sinceMs, undo } = step;
      return {
        ...{ host, plane, phase, since: iso(sinceMs) },
        ...(waitsFor !== undefined && { waitsFor }),
        ...(undo && { undo: undo.reason }),
      };
    }),
    pending: run.pending.map((one) => {
      const waitsFor = view && obstacle(one, run, view);
      const planes = one.planes ?? (view ? planesLeft(one, view) : []);
      return { host: one.host, planes, ...(waitsFor !== undefined && { waitsFor }) };
    }),
    failed,
  };
}

/** Keys that the last run could not replace, until another one does. */
export function rotationWarnings(run: RotationRun | undefined): readonly Warning[] {
  return (run?.failed ?? [])
    .filter(() => run?.abortedBy === undefined)
    .map(({ host, plane, reason }) => ({
      code: "rotationFailed",
      severity: "warning",
      subject: host,
      text: `the key of ${host} for ${plane} is still the old one: ${reason}`,
      hint: `see why there is no answer (\`portway hosts show ${host}\`), then: portway rotate ${host}`,
    }));
}

const iso = (ms: number) => new Date(ms).toISOString();
