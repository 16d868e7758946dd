// What control's `/metrics` answers.
import { statSync } from "node:fs";
import { prometheusText } from "../../lib/prometheus.ts";
import type { Control } from "../control.ts";
import { keysInUse } from "../key-ages.ts";
import { gaugesOf } from "./gauges.ts";
import { help } from "./help.ts";

export function metricsText(control: Control, registryFile: string): string {
  const { tally, facts, rotations, clock, statuses } = control;
  const topology = rotations.topology();
  const gauges = gaugesOf({
    status: control.status(),
    compiledRevision: control.compiledRevision(),
    heard: statuses.all(),
    behind: control.lag.behind(),
    run: facts().rotation,
    topology,
    keys: topology === undefined ? [] : keysInUse(facts(), topology),
    leads: rotations.leads(),
    auditEntries: control.auditEntries(),
    registryBytes: sizeOf(registryFile),
    listeners: control.events.listeners(),
    nowMs: clock.now(),
  });
  const values = { ...tally.values(), ...gauges, ...processValues(clock.now()) };
  return prometheusText({ values, histograms: tally.histograms() }, help);
}

/** With what SQLite keeps beside it; undefined: there is no such file. */
function sizeOf(file: string): number | undefined {
  const sizes = [file, `${file}-wal`].flatMap((path) => statSync(path, { throwIfNoEntry: false })?.size ?? []);
  return sizes.length === 0 ? undefined : sizes.reduce((sum, one) => sum + one, 0);
}

function processValues(nowMs: number): Readonly<Record<string, number>> {
  const { user, system } = process.cpuUsage();
  return {
    process_resident_memory_bytes: process.memoryUsage.rss(),
    process_cpu_seconds_total: (user + system) / 1e6,
    process_start_time_seconds: nowMs / 1000 - process.uptime(),
  };
}
