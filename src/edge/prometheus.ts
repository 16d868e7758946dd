// What the edge's metrics mean, and rates from its counters.
import { parseKey, prometheusText } from "../lib/prometheus.ts";
import type { GatewayCounters, TimeHistogram } from "../wire/edge-state.ts";
import { quantileOf } from "./quantiles.ts";

/** What each metric means; one without a line here is written without HELP. */
const help: Readonly<Record<string, string>> = {
  portway_requests_total: "Requests answered, by route and status class.",
  portway_request_duration_seconds: "From the first byte of a request to the last of its answer.",
  portway_request_duration_quantile_seconds: "Of the last minute; right to 5 %, or to 1 ms below 20 ms.",
  portway_upstream_requests_total: "Requests that were sent to a service's target, by status class.",
  portway_upstream_duration_seconds: "From the choice of the target that answered to the headers of its answer.",
  portway_upstream_duration_quantile_seconds: "Of the last minute; right to 5 %, or to 1 ms below 20 ms.",
  portway_own_duration_seconds: "Of the gateway's own phases, of timed requests; each counts for those it stands for.",
  portway_own_duration_quantile_seconds: "Of the last minute; right to 5 %, or to 1 µs below 20 µs, of those timed.",
  portway_own_timed_total: "Requests of which the gateway's own time was taken.",
  portway_worker_cpu_seconds_total: "Time of the processor for nginx's workers: for all that they do.",
  portway_response_bytes_total: "Sent to clients, headers and bodies, by route.",
  portway_request_bytes_total: "Received from clients in POST, PUT and PATCH requests, headers and bodies, by route.",
  portway_plugin_seconds_total: "What plugins took of the requests in the sample of `portway why`.",
  portway_plugin_timed_total: "How often a plugin was timed.",
  portway_worker_gap_seconds: "How much later than it should a tick of a worker came, 20 ticks a second.",
  portway_worker_gap_quantile_seconds: "Of the last minute; right to 5 %, or to 1 ms below 20 ms.",
  portway_why_unkept_total: "Requests of which nothing is kept for `portway why`, because there were too many.",
  portway_connections: "Connections of clients now, by what they do; `active` are all.",
  portway_snapshot_age_seconds: "Since the snapshot in force was another one.",
  portway_upstream_errors_total: "Failed tries of a target, by kind.",
  portway_rejections_total: "Requests that a plugin refused, by plugin and reason.",
  portway_mirrored_total:
    "Requests to be copied to another service: sent, failed, dropped (too many at once) or skipped (their body).",
  portway_http2_floods_total: "HTTP/2 floods that nginx ended, by what they were made of.",
  portway_given_up_total: "Requests whose client went before their answer began, by a reset of HTTP/2 too.",
  portway_retries_total: "Requests tried on a further target.",
  portway_breaker_state: "1 for the state that a service's breaker is in.",
  portway_breaker_active: "Requests that a breaker with `active` has let through and that have not ended.",
  portway_breaker_pending: "Requests that a breaker with `pending` has let through and whose answer has not begun.",
  portway_breaker_transitions_total: "Times that a breaker came into a state.",
  portway_ejections_total: "Times that a target was left out because its requests failed.",
  portway_targets_out: "Targets that are left out now, by service: ejected, or by their health check.",
  portway_name_lookups_total: "Look-ups of names in services' urls, by whether they found an address.",
  portway_names_failing: "Names in services' urls that cannot be looked up now.",
  portway_snapshot_revision: "Revision of the snapshot in force, counted by this edge.",
  portway_listener_connections_total: "Connections of a listener that ended, by how.",
  portway_listener_open_connections: "Connections of a listener's clients now.",
  portway_listener_target_open_connections: "Connections to the targets of listeners now.",
  portway_listener_bytes_total: "Bytes of a listener's clients, received and sent.",
  portway_listener_connection_seconds: "How long a listener's connections lasted.",
  portway_listener_connect_seconds: "How long a listener's connections to their target took to be made.",
  portway_nginx_up: "1 when nginx runs.",
  portway_nginx_workers: "Workers that take new connections.",
  portway_control_revision: "Control's revision in force.",
};

const quantiles = [0.5, 0.95, 0.99];

/** Quantiles of what was observed lately, as gauges; a series without any has none. */
export function quantileGauges(recent: Readonly<Record<string, TimeHistogram>>): Readonly<Record<string, number>> {
  const gauges: Record<string, number> = {};
  for (const [key, histogram] of Object.entries(recent)) {
    const [name = "", labels = ""] = key.split("|");
    for (const quantile of quantiles) {
      const ms = quantileOf(histogram, quantile);
      if (ms === undefined) continue;
      const label = `quantile=${quantile}`;
      gauges[`${name.replace(/_seconds$/, "_quantile_seconds")}|${labels === "" ? label : `${labels},${label}`}`] =
        ms / 1000;
    }
  }
  return gauges;
}

/** Counters and histograms of the gateway, and gauges of the edge process. */
export function edgeMetrics(gateway: GatewayCounters, gauges: Readonly<Record<string, number>>): string {
  return prometheusText({ values: { ...gateway.counters, ...gauges }, histograms: gateway.histograms }, help);
}

export interface Rates {
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  /** Requests that clients gave up before their answer, or were refused for that; and floods of HTTP/2 that nginx ended. */
  readonly givenUpPerSecond: number;
  readonly floodsPerSecond: number;
}

export const noRates: Rates = { requestsPerSecond: 0, errorsPerSecond: 0, givenUpPerSecond: 0, floodsPerSecond: 0 };

type Sums = Record<"requests" | "errors" | "givenUp" | "floods", number>;

const refusedForThat = "portway_rejections_total|plugin=clients,reason=givenUp";

function sumsOf(counters: GatewayCounters["counters"]): Sums {
  const sums: Sums = { requests: 0, errors: 0, givenUp: 0, floods: 0 };
  for (const [key, value] of Object.entries(counters)) {
    const { name, labels } = parseKey(key);
    if (name === "portway_given_up_total" || key === refusedForThat) sums.givenUp += value;
    if (name === "portway_http2_floods_total") sums.floods += value;
    if (name !== "portway_requests_total") continue;
    sums.requests += value;
    if (labels.some(([label, text]) => label === "status_class" && text.startsWith("5"))) sums.errors += value;
  }
  return sums;
}

/** Rates over the last ten seconds or so; a counter that went back (nginx started anew) begins a new window. */
export function rateMeter(windowMs = 10_000): (gateway: GatewayCounters, monotonicMs: number) => Rates {
  let samples: { readonly atMs: number; readonly sums: Sums }[] = [];
  return ({ counters }, atMs) => {
    const sums = sumsOf(counters);
    if (sums.requests < (samples.at(-1)?.sums.requests ?? 0)) samples = [];
    samples = [...samples.filter((sample) => atMs - sample.atMs <= windowMs), { atMs, sums }];
    const first = samples[0]!;
    const seconds = (atMs - first.atMs) / 1000;
    if (seconds === 0) return noRates;
    const rate = (of: keyof Sums) => Math.max(0, sums[of] - first.sums[of]) / seconds;
    return {
      requestsPerSecond: rate("requests"),
      errorsPerSecond: rate("errors"),
      givenUpPerSecond: rate("givenUp"),
      floodsPerSecond: rate("floods"),
    };
  };
}
