// What the second nginx's log says of connections that ended, as counters: its stream module has no other voice.
import type { GatewayCounters } from "../wire/edge-state.ts";
import { followFile } from "./follow-file.ts";

type Counted = { counters: Record<string, number>; histograms: Record<string, Histogram> };
type Histogram = { readonly boundsMs: readonly number[]; buckets: [number, number][]; sumMs: number; count: number };

const connectionBoundsMs = [10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000];
const connectBoundsMs = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500];

export interface StreamLog {
  /** Counts what was written since the last time; what stood there before the first is not counted. */
  readonly read: () => void;
  readonly counters: () => GatewayCounters;
}

export function streamLog(path: string): StreamLog {
  const counted: Counted = { counters: {}, histograms: {} };
  const { look } = followFile(path, (line) => count(line, counted));
  return { read: look, counters: () => counted };
}

/** nginx's status of a connection (ngx_stream_core_module, `$status`). */
const outcomes: Readonly<Record<number, string>> = {
  200: "ok",
  400: "malformed",
  403: "notAllowed",
  500: "noRoute",
  502: "noTarget",
  503: "limited",
};

interface Line {
  readonly listener: string;
  readonly status: number;
  readonly received: number;
  readonly sent: number;
  readonly seconds: number;
  /** Of each try, separated by commas; `-` for one that failed. */
  readonly connect: string;
}

function count(text: string, { counters, histograms }: Counted): void {
  const line = parse(text);
  if (line === undefined) return;
  const { listener, status, received, sent, seconds, connect } = line;
  const add = (key: string, amount: number) => {
    counters[key] = (counters[key] ?? 0) + amount;
  };
  const observe = (name: string, boundsMs: readonly number[], ms: number) => {
    const key = `${name}|listener=${listener}`;
    const histogram = histograms[key] ?? { boundsMs, buckets: emptyBuckets(boundsMs), sumMs: 0, count: 0 };
    histograms[key] = histogram;
    histogram.buckets.find(([upperMs]) => ms <= upperMs)![1]++;
    histogram.sumMs += ms;
    histogram.count++;
  };
  add(`portway_listener_connections_total|listener=${listener},outcome=${outcomes[status] ?? "error"}`, 1);
  add(`portway_listener_bytes_total|listener=${listener},direction=received`, received);
  add(`portway_listener_bytes_total|listener=${listener},direction=sent`, sent);
  observe("portway_listener_connection_seconds", connectionBoundsMs, seconds * 1000);
  const connected = Number.parseFloat(connect.split(",").at(-1) ?? "");
  if (Number.isFinite(connected)) observe("portway_listener_connect_seconds", connectBoundsMs, connected * 1000);
}

const emptyBuckets = (boundsMs: readonly number[]) => [...boundsMs, Infinity].map((ms): [number, number] => [ms, 0]);

function parse(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Line;
    return typeof line.listener === "string" && typeof line.connect === "string" ? line : undefined;
  } catch {
    return undefined; // cut by a full disk
  }
}
