// The state of breakers, targets and connections as gauges for Prometheus, keyed as the gateway's counters are. As many as there are
// services with a breaker, or with a target that is left out.
import type { BreakerState, GatewayState } from "../wire/edge-state.ts";

const states: readonly BreakerState[] = ["closed", "halfOpen", "open"];

export function stateGauges(state: GatewayState | undefined): Readonly<Record<string, number>> {
  const gauges: Record<string, number> = {};
  for (const { service, state: its, active, pending } of state?.breakers ?? []) {
    for (const one of states) gauges[`portway_breaker_state|service=${service},state=${one}`] = one === its ? 1 : 0;
    if (active !== undefined) gauges[`portway_breaker_active|service=${service}`] = active;
    if (pending !== undefined) gauges[`portway_breaker_pending|service=${service}`] = pending;
  }
  const count = (service: string, reason: string) => {
    const key = `portway_targets_out|service=${service},reason=${reason}`;
    gauges[key] = (gauges[key] ?? 0) + 1;
  };
  for (const { service } of state?.ejected ?? []) count(service, "ejected");
  for (const { service } of state?.down ?? []) count(service, "health");
  for (const [one, connections] of Object.entries(state?.connections ?? {})) {
    gauges[`portway_connections|state=${one}`] = connections;
  }
  return gauges;
}
