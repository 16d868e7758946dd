// What nginx says of itself, asked each second: counters, rates, targets left out, breakers.
import { ConnectionFailed, type Door, request } from "../lib/http.ts";
import type { GatewayCounters, GatewayState } from "../wire/edge.ts";
import { parseCounters, parseState } from "./gateway-state.ts";
import { type Rates, rateMeter } from "./prometheus.ts";

export interface Telemetry {
  /** Asks once; what cannot be asked keeps its last value, and rates are zero. */
  readonly poll: () => Promise<void>;
  readonly counters: () => GatewayCounters;
  readonly rates: () => Rates;
  /** Undefined when it could not be asked. */
  readonly state: () => GatewayState | undefined;
}

const noRates: Rates = { requestsPerSecond: 0, errorsPerSecond: 0 };

export function telemetry(door: Door, monotonicMs: () => number): Telemetry {
  const measure = rateMeter();
  let counters: GatewayCounters = { counters: {}, histograms: {} };
  let rates = noRates;
  let state: GatewayState | undefined;
  return {
    async poll() {
      try {
        counters = parseCounters(await request({ ...door, path: "/counters", timeoutMs: 2_000 }));
        rates = measure(counters, monotonicMs());
        state = parseState(await request({ ...door, path: "/state", timeoutMs: 2_000 }));
      } catch (error) {
        if (!(error instanceof ConnectionFailed)) throw error;
        rates = noRates;
        state = undefined;
      }
    },
    counters: () => counters,
    rates: () => rates,
    state: () => state,
  };
}
