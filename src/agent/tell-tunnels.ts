// Tells the edge of this host how tunnels are, by a file that it may read (wire/tunnels.ts).
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { writeFileAtomic } from "../lib/files.ts";
import type { Log } from "../lib/log.ts";
import { type Tunnel, type Tunnels, tunnelsEveryMs } from "../wire/tunnels.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { PairReach } from "./paths/prober.ts";

export interface TellTunnelsOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly hosts: () => Tunnels["hosts"];
}

const quietMs = 20;

/** `trigger` of what it returns says that something changed. A file that cannot be written is tried again. */
export function startTunnels({ path, clock, log, hosts }: TellTunnelsOptions): Loop {
  let sequence = clock.now();
  let failure: string | undefined;
  return startLoop({
    clock,
    everyMs: tunnelsEveryMs,
    quietMs,
    round: async () => {
      const before = failure;
      try {
        const tunnels: Tunnels = { sequence: ++sequence, hosts: hosts() };
        mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
        writeFileAtomic(path, JSON.stringify(tunnels), 0o640);
        chmodSync(path, 0o640); // whatever the umask
        failure = undefined;
        return "done";
      } catch (error) {
        failure = (error as Error).message;
        if (failure !== before) log.warn({ reason: failure }, "the edge of this host hears nothing of tunnels");
        return "failed";
      }
    },
  });
}

/** Of the pairs of this host. */
export function tunnelsOf(pairs: readonly string[], reach: (host: string) => PairReach | undefined): Tunnels["hosts"] {
  return Object.fromEntries(
    pairs.flatMap((host): [string, Tunnel][] => {
      const found = reach(host);
      if (found === undefined) return [];
      const { isDark, roundTripMs } = found;
      return [
        [host, { isDark, ...(roundTripMs !== undefined && { roundTripMs: Math.round(roundTripMs * 100) / 100 }) }],
      ];
    }),
  );
}
