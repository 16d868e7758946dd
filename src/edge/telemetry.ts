// What nginx says of itself, asked each second: counters, rates, targets left out, breakers.
import { ConnectionFailed, type Door, request } from "../lib/http.ts";
import type { GatewayCounters, GatewayState, TimeHistogram } from "../wire/edge-state.ts";
import type { EdgeTop } from "../wire/top.ts";
import { type Counted, countedAfter, countersPath, nothingCounted } from "./gateway-counters.ts";
import { parseState } from "./gateway-state.ts";
import { noRates, type Rates, rateMeter } from "./prometheus.ts";
import { lastMinute } from "./quantiles.ts";
import { topMeter } from "./top.ts";

export interface Telemetry {
  /** Asks once; what cannot be asked keeps its last value, and rates are zero. */
  readonly poll: () => Promise<void>;
  readonly counters: () => GatewayCounters;
  /** What was observed in the last minute, by series. */
  readonly recent: () => Readonly<Record<string, TimeHistogram>>;
  readonly top: () => EdgeTop;
  readonly rates: () => Rates;
  /** Undefined when it could not be asked. */
  readonly state: () => GatewayState | undefined;
}

const ofClients = ({ givenUpPerSecond, floodsPerSecond }: Rates) => ({ givenUpPerSecond, floodsPerSecond });

export function telemetry(door: Door, monotonicMs: () => number): Telemetry {
  const measure = rateMeter();
  const window = lastMinute();
  const meter = topMeter();
  let counters: Counted = nothingCounted;
  let rates = noRates;
  let state: GatewayState | undefined;
  return {
    async poll() {
      try {
        counters = countedAfter(counters, await request({ ...door, path: countersPath(counters), timeoutMs: 2_000 }));
        window.add(counters.histograms, monotonicMs());
        meter.add(counters.counters, monotonicMs());
        rates = measure(counters, monotonicMs());
        state = parseState(await request({ ...door, path: "/state", timeoutMs: 2_000 }));
      } catch (error) {
        if (!(error instanceof ConnectionFailed)) throw error;
        rates = noRates;
        state = undefined;
      }
    },
    counters: () => counters,
    recent: window.recent,
    top: () => ({ ...meter.top(window.recent()), ...ofClients(rates) }),
    rates: () => rates,
    state: () => state,
  };
}
