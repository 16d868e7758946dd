// A rotation as the API shows it: how far it is, and what each part of it waits for. Pure.
import { lacking } from "../plan/rotation/advance.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import { obstacle, planesLeft } from "../plan/rotation/select.ts";
import type { RotationView } from "../plan/rotation/view.ts";
import type { RotationReport } from "../wire/rotation.ts";

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

const iso = (ms: number) => new Date(ms).toISOString();
