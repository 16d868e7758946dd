// What an agent counts while it runs, for Prometheus. Series are by peer and plane, of the pairs that are there now: those
// of a pair that went go with it.
import { type Histogram, parseKey } from "../../lib/prometheus.ts";
import { openTimes, type Times } from "../../lib/times.ts";
import type { MeshState, PathObject, PlaneName } from "../../wire/mesh.ts";
import type { Way } from "../overlay/firewall.ts";
import type { PassResult } from "../reconcile.ts";

export interface Tally {
  readonly asked: (host: string, path: PathObject) => void;
  /** The time counts only where the path had answered before: else it holds a wait for a handshake. */
  readonly answered: (host: string, path: PathObject, roundTripMs: number, wasProven: boolean) => void;
  readonly lost: (host: string, path: PathObject, count: number) => void;
  readonly moved: (host: string) => void;
  readonly dark: (host: string, path: PathObject) => void;
  /** Packets of the two hosts' own, by whatever path. */
  readonly exchanged: (host: string, way: Way, packets: number, bytes: number) => void;
  readonly handshakesFailed: (host: string, plane: PlaneName, count: number) => void;
  readonly keyChanged: (host: string, plane: PlaneName) => void;
  readonly passed: (result: PassResult) => void;
  /** Forgets all that is counted of other hosts than these, and of other planes to them. */
  readonly keep: (planes: ReadonlyMap<string, ReadonlySet<string>>) => void;
  readonly values: () => Readonly<Record<string, number>>;
  readonly histograms: () => Readonly<Record<string, Histogram>>;
}

/** Upper ends of the buckets of round trips. */
const roundTripBoundsMs: readonly number[] = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2500, 5000];

export function openTally(): Tally {
  const ofHosts = new Map<string, { readonly values: Map<string, number>; readonly times: Map<string, Times> }>();
  const own = new Map<string, number>();
  const seriesOf = (host: string) => {
    const known = ofHosts.get(host) ?? { values: new Map(), times: new Map() };
    ofHosts.set(host, known);
    return known;
  };
  const count = (host: string, key: string, more = 1) => add(seriesOf(host).values, key, more);
  return {
    asked: (host, path) => count(host, `portway_probes_sent_total|${labelsOf(host, path)}`),
    answered(host, path, roundTripMs, wasProven) {
      const labels = labelsOf(host, path);
      count(host, `portway_probes_answered_total|${labels}`);
      if (wasProven) observe(seriesOf(host).times, `portway_probe_round_trip_seconds|${labels}`, roundTripMs);
    },
    lost: (host, path, more) => count(host, `portway_probes_lost_total|${labelsOf(host, path)}`, more),
    exchanged(host, way, packets, bytes) {
      count(host, `portway_peer_${way}_packets_total|peer=${host}`, packets);
      count(host, `portway_peer_${way}_bytes_total|peer=${host}`, bytes);
    },
    handshakesFailed: (host, plane, more) =>
      count(host, `portway_handshake_failures_total|${labelsOf(host, { plane })}`, more),
    keyChanged: (host, plane) => count(host, `portway_peer_key_changes_total|${labelsOf(host, { plane })}`),
    moved: (host) => count(host, `portway_path_moves_total|peer=${host}`),
    dark: (host, path) => count(host, `portway_path_dark_total|${labelsOf(host, path)}`),
    passed({ changes, failures }) {
      add(own, "portway_reconcile_runs_total", 1);
      add(own, "portway_reconcile_errors_total", failures.length);
      for (const { kind } of changes) add(own, `portway_reconcile_changes_total|kind=${kind}`, 1);
    },
    keep(planes) {
      for (const [host, { values, times }] of ofHosts) {
        const kept = planes.get(host);
        if (kept === undefined) ofHosts.delete(host);
        for (const series of [values, times]) for (const key of series.keys()) if (!isOf(key, kept)) series.delete(key);
      }
    },
    values: () =>
      Object.fromEntries([own, ...[...ofHosts.values()].map(({ values }) => values)].flatMap((map) => [...map])),
    histograms: () =>
      Object.fromEntries(
        [...ofHosts.values()].flatMap(({ times }) => [...times].map(([key, one]) => [key, one.histogram()])),
      ),
  };
}

const labelsOf = (host: string, { plane }: Pick<PathObject, "plane">) => `peer=${host},plane=${plane}`;

/** Whether a series is of one of these planes, or of none. */
function isOf(key: string, planes: ReadonlySet<string> | undefined): boolean {
  const plane = parseKey(key).labels.find(([name]) => name === "plane")?.[1];
  return plane === undefined || planes?.has(plane) === true;
}

/** The planes by which each pair may be reached, and those of WireGuard's peers. */
export function planesOf({
  pairs,
  peers,
}: Pick<MeshState, "pairs" | "peers">): ReadonlyMap<string, ReadonlySet<string>> {
  const planes = new Map<string, Set<string>>();
  const add = (host: string, plane: string) => planes.set(host, (planes.get(host) ?? new Set()).add(plane));
  for (const { host, paths } of pairs) for (const { plane } of paths) add(host, plane);
  for (const { host, plane } of peers) add(host, plane);
  for (const { host } of pairs) if (!planes.has(host)) planes.set(host, new Set());
  return planes;
}

function add(values: Map<string, number>, key: string, more: number): void {
  values.set(key, (values.get(key) ?? 0) + more);
}

function observe(times: Map<string, Times>, key: string, ms: number): void {
  const known = times.get(key) ?? openTimes(roundTripBoundsMs);
  times.set(key, known);
  known.observe(ms);
}
