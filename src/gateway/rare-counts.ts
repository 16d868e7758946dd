// Counters of what seldom happens: refusals and failing targets.

/** By series, since the last flush. */
export const pendingCounts: Record<string, number> = {};

function count(series: string): void {
  pendingCounts[series] = (pendingCounts[series] ?? 0) + 1;
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
  count(`portway_upstream_errors_total|service=${service},target=${target},kind=${kind}`);
}

/** A breaker came into another state. */
export function countTransition(service: string, state: string): void {
  count(`portway_breaker_transitions_total|service=${service},state=${state}`);
}

/** A target was left out; `reason` is `errors` or `share`. */
export function countEjection(service: string, target: string, reason: string): void {
  count(`portway_ejections_total|service=${service},target=${target},reason=${reason}`);
}

/** What a request was decided on is not kept for `portway why`: there was more than can be. */
export function countUnkept(): void {
  count("portway_why_unkept_total|");
}
