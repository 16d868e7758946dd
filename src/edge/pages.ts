// What the edge process answers on its own host: metrics for Prometheus, health and status for programs beside it.
import type { Answer, Pages } from "../host/pages.ts";
import type { GatewayCounters, GatewayState, TimeHistogram } from "../wire/edge-state.ts";
import type { EdgeStatus } from "../wire/stream.ts";
import { edgeMetrics, quantileGauges } from "./prometheus.ts";
import { stateGauges } from "./state-gauges.ts";

/** `/metrics`; `/health`: 200 when nginx serves what was pushed last, 503 otherwise; `/status`: an EdgeStatus. */
export function localPages(facts: {
  readonly status: () => EdgeStatus;
  readonly counters: () => GatewayCounters;
  /** Counters of look-ups. */
  readonly names: () => Readonly<Record<string, number>>;
  /** What was observed in the last minute, by series. */
  readonly recent: () => Readonly<Record<string, TimeHistogram>>;
  readonly state: () => GatewayState | undefined;
  /** The edge's own count of the snapshot that every worker has. */
  readonly snapshotRevision: () => number;
  /** Since it is that one. */
  readonly snapshotAgeSeconds: () => number;
}): Pages {
  const json = (status: number, value: unknown): Answer => ({
    status,
    type: "application/json",
    body: `${JSON.stringify(value)}\n`,
  });
  return {
    "/status": () => json(200, facts.status()),
    "/health": () => {
      const { nginx, snapshotError, revision } = facts.status();
      const healthy = nginx.running && nginx.configError === undefined && snapshotError === undefined;
      return json(healthy ? 200 : 503, { healthy, revision, nginx, snapshotError });
    },
    "/metrics": () => {
      const { nginx, revision } = facts.status();
      const { counters, histograms } = facts.counters();
      const gauges = { ...facts.names(), ...stateGauges(facts.state()), ...quantileGauges(facts.recent()) };
      const body = edgeMetrics(
        { counters: { ...counters, ...gauges }, histograms },
        {
          portway_nginx_up: nginx.running ? 1 : 0,
          portway_nginx_workers: nginx.workers,
          portway_control_revision: revision,
          portway_snapshot_revision: facts.snapshotRevision(),
          portway_snapshot_age_seconds: facts.snapshotAgeSeconds(),
        },
      );
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body };
    },
  };
}
