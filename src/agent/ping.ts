// Answers `portway ping`: probes every path to a host a number of times and tells each round trip.
import type { Clock } from "../lib/clock.ts";
import type { PathObject } from "../wire/mesh.ts";
import { type PathPing, pingBounds } from "../wire/ping.ts";
import type { ProbeEvents, Prober } from "./paths/prober.ts";

export interface Pinger extends Pick<ProbeEvents, "onAsked" | "onAnswered"> {
  /** Throws where the host is no peer. */
  readonly ping: (host: string, count: number) => Promise<readonly PathPing[]>;
}

interface Counted {
  readonly path: PathObject;
  sent: number;
  readonly roundTripsMs: number[];
}

type Run = { readonly host: string; readonly byPath: Map<string, Counted> };

/** How long the last answer is waited for. */
const patienceMs = 1_000;

export function createPinger(
  clock: Pick<Clock, "sleep">,
  prober: () => Pick<Prober, "probe" | "reach">,
  mtuOf: (host: string, path: PathObject) => number | undefined,
): Pinger {
  const runs = new Set<Run>();
  const counted = ({ byPath }: Run, path: PathObject) => {
    const key = JSON.stringify(path);
    const known = byPath.get(key) ?? { path, sent: 0, roundTripsMs: [] };
    byPath.set(key, known);
    return known;
  };
  return {
    onAsked(host, path) {
      for (const run of runs) if (run.host === host) counted(run, path).sent++;
    },
    onAnswered(host, path, roundTripMs) {
      for (const run of runs) if (run.host === host) counted(run, path).roundTripsMs.push(roundTripMs);
    },
    async ping(host, count) {
      if (prober().reach(host) === undefined) throw new Error(`no access rule joins it and ${host}`);
      const run: Run = { host, byPath: new Map() };
      runs.add(run);
      try {
        for (let turn = 0; turn < Math.min(count, pingBounds.most); turn++) {
          prober().probe(host);
          await clock.sleep(pingBounds.everyMs);
        }
        const isWhole = () => [...run.byPath.values()].every(({ sent, roundTripsMs }) => roundTripsMs.length >= sent);
        for (let waited = 0; waited < patienceMs && !isWhole(); waited += 50) await clock.sleep(50);
      } finally {
        runs.delete(run);
      }
      const used = JSON.stringify(prober().reach(host)?.path);
      return [...run.byPath].map(([key, { path, sent, roundTripsMs }]) => {
        const { kind, plane, via } = path;
        const mtu = mtuOf(host, path);
        const rounded = roundTripsMs.slice(0, sent).map((ms) => Math.round(ms * 1000) / 1000);
        return {
          kind,
          plane,
          ...(via !== undefined && { via }),
          inUse: key === used,
          ...(mtu !== undefined && { mtu }),
          sent,
          roundTripsMs: rounded,
        };
      });
    },
  };
}
