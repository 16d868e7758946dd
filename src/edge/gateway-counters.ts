// What GET /counters of nginx's socket tells, put together with what it told before: it tells what has changed alone.
import { ConnectionFailed, type Reply } from "../lib/http.ts";
import type { GatewayCounters, TimeHistogram } from "../wire/edge-state.ts";

export interface Counted extends GatewayCounters {
  /** Of the run of nginx that counted it, and up to which change: for the next question. */
  readonly epoch: number;
  readonly changes: number;
}

export const nothingCounted: Counted = { epoch: 0, changes: 0, counters: {}, histograms: {} };

/** The path that asks for what has changed since. */
export const countersPath = ({ epoch, changes }: Counted): string => `/counters?epoch=${epoch}&since=${changes}`;

/** All that is known after a reply; throws ConnectionFailed when it is none. What did not change stays the same object. */
export function countedAfter(before: Counted, reply: Reply): Counted {
  if (reply.status !== 200) throw unusable(reply);
  const [head, ...lines] = reply.body.trimEnd().split("\n").map(parsed);
  const { epoch, changes } = (head ?? {}) as Partial<Counted>;
  if (typeof epoch !== "number" || typeof changes !== "number") throw unusable(reply);
  const held = epoch === before.epoch ? before : nothingCounted;
  const counters: Record<string, number> = { ...held.counters };
  const histograms: Record<string, TimeHistogram> = { ...held.histograms };
  for (const line of lines) {
    if (!Array.isArray(line) || typeof line[0] !== "string" || typeof line[1] !== "number") throw unusable(reply);
    const [name, value, pairs] = line as [string, number, readonly number[] | undefined];
    if (!name.endsWith("#")) counters[name] = value;
    else histograms[name.slice(0, -1)] = histogramOf(name, value, Array.isArray(pairs) ? pairs : []);
  }
  return { epoch, changes, counters, histograms };
}

/** Of what is timed in microseconds. */
const ownScale = { exactMs: 0.1, boundsMs: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 10, 100] } as const;

function histogramOf(name: string, sumMs: number, pairs: readonly number[]): TimeHistogram {
  const buckets: (readonly [number, number])[] = [];
  let count = 0;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    buckets.push([pairs[i]!, pairs[i + 1]!]);
    count += pairs[i + 1]!;
  }
  return { buckets: buckets.sort(([a], [b]) => a - b), sumMs, count, ...(name.startsWith("portway_own_") && ownScale) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function unusable(reply: Reply): ConnectionFailed {
  return new ConnectionFailed("broken", `nginx answered ${reply.status}: ${reply.body.slice(0, 200)}`);
}
