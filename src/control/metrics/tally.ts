// What control counts while it runs, for Prometheus. Labels are of closed sets or cut off, so that no host and no client can
// make series without end.
import type { Histogram } from "../../lib/prometheus.ts";
import { openTimes } from "../../lib/times.ts";
import type { StreamPart } from "../../wire/stream.ts";

export interface Tally {
  readonly asked: (route: string, status: number) => void;
  readonly happened: (kind: string) => void;
  /** Undefined: the desired state could not be compiled. */
  readonly compiled: (tookMs: number | undefined) => void;
  /** A host said that what is new for it is in force, so long after it was compiled. */
  readonly inForce: (part: StreamPart, afterMs: number) => void;
  readonly written: () => void;
  readonly notWritten: (why: string) => void;
  readonly values: () => Readonly<Record<string, number>>;
  readonly histograms: () => Readonly<Record<string, Histogram>>;
}

/** Kinds of events beyond these are counted as `other`: hosts name some of them. */
const mostKinds = 200;
const compileBoundsMs: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000];
const inForceBoundsMs: readonly number[] = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

export function openTally(): Tally {
  const counts = new Map<string, number>([
    ["portway_control_compile_errors_total", 0],
    ["portway_registry_writes_total", 0],
  ]);
  const kinds = new Set<string>();
  const compiling = openTimes(compileBoundsMs);
  const inForce = { mesh: openTimes(inForceBoundsMs), edge: openTimes(inForceBoundsMs) };
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    asked: (route, status) => add(`portway_api_requests_total|route=${route},status=${status}`),
    happened(kind) {
      if (kinds.size < mostKinds && isName(kind)) kinds.add(kind);
      add(`portway_events_total|kind=${kinds.has(kind) ? kind : "other"}`);
    },
    compiled(tookMs) {
      if (tookMs === undefined) add("portway_control_compile_errors_total");
      else compiling.observe(tookMs);
    },
    inForce: (part, afterMs) => inForce[part].observe(afterMs),
    written: () => add("portway_registry_writes_total"),
    notWritten: (why) => add(`portway_registry_write_errors_total|reason=${why}`),
    values: () => Object.fromEntries(counts),
    histograms: () => ({
      portway_control_compile_seconds: compiling.histogram(),
      "portway_host_in_force_seconds|part=mesh": inForce.mesh.histogram(),
      "portway_host_in_force_seconds|part=edge": inForce.edge.histogram(),
    }),
  };
}

const isName = (kind: string) => /^[\w.-]{1,64}$/.test(kind);
