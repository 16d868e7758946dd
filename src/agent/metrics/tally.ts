// What an agent counts while it runs, for Prometheus. Series are by peer and plane, of the pairs that are there now: those
// of a pair that went go with it.
import type { Histogram } from "../../lib/prometheus.ts";
import { openTimes, type Times } from "../../lib/times.ts";
import type { PathObject } from "../../wire/mesh.ts";
import type { PassResult } from "../reconcile.ts";

export interface Tally {
  readonly asked: (host: string, path: PathObject) => void;
  readonly answered: (host: string, path: PathObject, roundTripMs: number) => void;
  readonly moved: (host: string) => void;
  readonly dark: (host: string, path: PathObject) => void;
  readonly passed: (result: PassResult) => void;
  /** Forgets all that is counted of other hosts than these. */
  readonly keep: (hosts: ReadonlySet<string>) => void;
  readonly values: () => Readonly<Record<string, number>>;
  readonly histograms: () => Readonly<Record<string, Histogram>>;
}

/** Upper ends of the buckets of round trips. */
export const roundTripBoundsMs: readonly number[] = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2500, 5000];

export function openTally(): Tally {
  const ofHosts = new Map<string, { readonly values: Map<string, number>; readonly times: Map<string, Times> }>();
  const own = new Map<string, number>();
  const seriesOf = (host: string) => {
    const known = ofHosts.get(host) ?? { values: new Map(), times: new Map() };
    ofHosts.set(host, known);
    return known;
  };
  const count = (host: string, key: string) => add(seriesOf(host).values, key, 1);
  return {
    asked: (host, path) => count(host, `portway_probes_sent_total|${labelsOf(host, path)}`),
    answered(host, path, roundTripMs) {
      const labels = labelsOf(host, path);
      count(host, `portway_probes_answered_total|${labels}`);
      observe(seriesOf(host).times, `portway_probe_round_trip_seconds|${labels}`, roundTripMs);
    },
    moved: (host) => count(host, `portway_path_moves_total|peer=${host}`),
    dark: (host, path) => count(host, `portway_path_dark_total|${labelsOf(host, path)}`),
    passed({ changes, failures }) {
      add(own, "portway_reconcile_runs_total", 1);
      add(own, "portway_reconcile_errors_total", failures.length);
      for (const { kind } of changes) add(own, `portway_reconcile_changes_total|kind=${kind}`, 1);
    },
    keep(hosts) {
      for (const host of ofHosts.keys()) if (!hosts.has(host)) ofHosts.delete(host);
    },
    values: () =>
      Object.fromEntries([own, ...[...ofHosts.values()].map(({ values }) => values)].flatMap((map) => [...map])),
    histograms: () =>
      Object.fromEntries(
        [...ofHosts.values()].flatMap(({ times }) => [...times].map(([key, one]) => [key, one.histogram()])),
      ),
  };
}

const labelsOf = (host: string, { plane }: PathObject) => `peer=${host},plane=${plane}`;

function add(values: Map<string, number>, key: string, more: number): void {
  values.set(key, (values.get(key) ?? 0) + more);
}

function observe(times: Map<string, Times>, key: string, ms: number): void {
  const known = times.get(key) ?? openTimes(roundTripBoundsMs);
  times.set(key, known);
  known.observe(ms);
}
