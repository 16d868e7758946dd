// The state of breakers, targets and connections as gauges for Prometheus, keyed as the gateway's counters are. A thousand services
// with a breaker, or with a target that is left out, have their own; the sum of the rest is `other`.
import type { BreakerState, GatewayState, MostNamedSeries } from "../wire/edge-state.ts";

const states: readonly BreakerState[] = ["closed", "halfOpen", "open"];
const mostServices: MostNamedSeries = 1000;

export function stateGauges(state: GatewayState | undefined): Readonly<Record<string, number>> {
  const gauges: Record<string, number> = {};
  const add = (key: string, amount: number) => {
    gauges[key] = (gauges[key] ?? 0) + amount;
  };
  const { breakers = [], ejected = [], down = [], connections = {} } = state ?? {};
  const ofBreaker = labels(breakers);
  for (const breaker of breakers) {
    const service = ofBreaker(breaker);
    for (const one of states)
      add(`portway_breaker_state|service=${service},state=${one}`, one === breaker.state ? 1 : 0);
    if (breaker.active !== undefined) add(`portway_breaker_active|service=${service}`, breaker.active);
    if (breaker.pending !== undefined) add(`portway_breaker_pending|service=${service}`, breaker.pending);
  }
  const ofTarget = labels([...ejected, ...down]);
  for (const one of ejected) add(`portway_targets_out|service=${ofTarget(one)},reason=ejected`, 1);
  for (const one of down) add(`portway_targets_out|service=${ofTarget(one)},reason=health`, 1);
  for (const [one, count] of Object.entries(connections)) gauges[`portway_connections|state=${one}`] = count;
  return gauges;
}

interface OfService {
  readonly service: string;
}

/** The first services by name have their own. */
function labels(all: readonly OfService[]): (one: OfService) => string {
  const names = [...new Set(all.map(({ service }) => service))].sort();
  if (names.length <= mostServices) return ({ service }) => service;
  const own = new Set(names.slice(0, mostServices));
  return ({ service }) => (own.has(service) ? service : "other");
}
