// Counters of what seldom happens: refusals and failing targets.
import { mostNames } from "./metrics-registry.ts";

/** By series, since the last flush. */
export const pendingCounts: Record<string, number> = {};

function count(series: string, by = 1): void {
  pendingCounts[series] = (pendingCounts[series] ?? 0) + by;
}

/** Labels that a worker gives: so many different ones, and `other` to all that come later. */
interface BoundedLabels {
  readonly most: number;
  readonly other: string;
  readonly given: Record<string, true | undefined>;
  count: number;
}

/** Services whose breakers are counted by name. */
const services: BoundedLabels = { most: mostNames, other: "service=other", given: {}, count: 0 };
const targets: BoundedLabels = { most: 2000, other: "service=other,target=other", given: {}, count: 0 };

function bounded(labels: BoundedLabels, own: string): string {
  if (labels.given[own] !== undefined) return own;
  if (labels.count >= labels.most) return labels.other;
  labels.count++;
  labels.given[own] = true;
  return own;
}

const serviceLabel = (service: string) => bounded(services, `service=${service}`);
const targetLabels = (service: string, target: string) => bounded(targets, `service=${service},target=${target}`);

/** A client flooded HTTP/2; `kind` is `frames`, `priorities`, `streams` or `headers`. */
export function countFlood(kind: string): void {
  count(`portway_http2_floods_total|kind=${kind}`);
}

/** A client has gone before the answer to its request began: it closed the connection, or reset the stream. */
export function countGivenUp(): void {
  count("portway_given_up_total|");
}

export function countRejection(plugin: string, reason: string): void {
  count(`portway_rejections_total|plugin=${plugin},reason=${reason}`);
}

/** What nginx's status for a failed try says of it. */
export function failureKind(status: number): "timeout" | "failed" {
  return status === 504 ? "timeout" : "failed";
}

/** Counts a failed try; `kind` is `timeout`, `failed` or `notResponse`. */
export function countTargetError(service: string, target: string, kind: string): void {
  count(`portway_upstream_errors_total|${targetLabels(service, target)},kind=${kind}`);
}

/** A breaker came into another state. */
export function countTransition(service: string, state: string): void {
  count(`portway_breaker_transitions_total|${serviceLabel(service)},state=${state}`);
}

/** A target was left out; `reason` is `errors` or `share`. */
export function countEjection(service: string, target: string, reason: string): void {
  count(`portway_ejections_total|${targetLabels(service, target)},reason=${reason}`);
}

/** What a request was decided on is not kept for `portway why`: there was more than can be. */
export function countUnkept(): void {
  count("portway_why_unkept_total|");
}

/** A plugin of a request in the sample of `portway why` took this long. */
export function countPluginTime(plugin: string, micros: number): void {
  count(`portway_plugin_seconds_total|plugin=${plugin}`, micros / 1_000_000);
  count(`portway_plugin_timed_total|plugin=${plugin}`);
}

/** A request of this route was to be copied: `sent`, `failed`, `dropped` (too many at once) or `skipped` (its body). */
export function countMirrored(route: string, outcome: string): void {
  count(`portway_mirrored_total|route=${route},outcome=${outcome}`);
}

const worker = { countedMicros: 0 };

/** The processor's time for this worker so far. */
export function countWorkerTime(micros: number): void {
  count("portway_worker_cpu_seconds_total|", (micros - worker.countedMicros) / 1_000_000);
  worker.countedMicros = micros;
}
