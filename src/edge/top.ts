// Rates and times by route and by service, from the gateway's counters.
import type { GatewayCounters, TimeHistogram } from "../wire/edge-state.ts";
import type { EdgeTop, TopRow } from "../wire/top.ts";
import { quantileOf } from "./quantiles.ts";

type Counts = GatewayCounters["counters"];

export interface TopMeter {
  /** A reading of all counters, in the order of time. */
  readonly add: (counters: Counts, monotonicMs: number) => void;
  /** `recent`: times of the last minute. */
  readonly top: (recent: Readonly<Record<string, TimeHistogram>>) => EdgeTop;
}

const windowMs = 10_000;
const mostRows = 100;
const kinds = {
  routes: { counter: "portway_requests_total|route=", times: "portway_request_duration_seconds|route=" },
  services: {
    counter: "portway_upstream_requests_total|service=",
    times: "portway_upstream_duration_seconds|service=",
  },
} as const;

export function topMeter(): TopMeter {
  let readings: { readonly atMs: number; readonly counters: Counts }[] = [];

  function rowsOf(kind: keyof typeof kinds, recent: Readonly<Record<string, TimeHistogram>>): TopRow[] {
    const { counter, times } = kinds[kind];
    const [first, last] = [readings[0], readings.at(-1)];
    if (first === undefined || last === undefined || last.atMs === first.atMs) return [];
    const seconds = (last.atMs - first.atMs) / 1000;
    const rates = new Map<string, { requestsPerSecond: number; errorsPerSecond: number }>();
    for (const [key, count] of Object.entries(last.counters)) {
      if (!key.startsWith(counter)) continue;
      const before = first.counters[key] ?? 0;
      const rate = (count >= before ? count - before : count) / seconds; // less: nginx began anew
      if (rate === 0) continue;
      const [name = "", status = ""] = key.slice(counter.length).split(",status_class=");
      const row = rates.get(name) ?? { requestsPerSecond: 0, errorsPerSecond: 0 };
      row.requestsPerSecond += rate;
      if (status === "5xx") row.errorsPerSecond += rate;
      rates.set(name, row);
    }
    return [...rates]
      .map(([name, row]) => ({ name, ...row, ...timesOf(recent[times + name]) }))
      .sort((a, b) => b.requestsPerSecond - a.requestsPerSecond || (a.name < b.name ? -1 : 1))
      .slice(0, mostRows);
  }

  return {
    add(counters, atMs) {
      readings = [...readings.filter((reading) => atMs - reading.atMs <= windowMs), { atMs, counters }];
    },
    top: (recent) => ({ routes: rowsOf("routes", recent), services: rowsOf("services", recent) }),
  };
}

function timesOf(histogram: TimeHistogram | undefined): Pick<TopRow, "p50Ms" | "p99Ms"> {
  const [p50Ms, p99Ms] = [0.5, 0.99].map((quantile) => histogram && quantileOf(histogram, quantile));
  return p50Ms === undefined || p99Ms === undefined ? {} : { p50Ms, p99Ms };
}
