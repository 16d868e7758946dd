// What the agent of this host says of tunnels (wire/tunnels.ts). While it says nothing new, nothing is known: tunnels outlive
// their agent.
import { statSync } from "node:fs";
import type { Clock } from "../../lib/clock.ts";
import { readJsonIfAny } from "../../lib/files.ts";
import type { DarkReason, TargetDown } from "../../wire/edge-state.ts";
import { type Tunnel, tunnelsEveryMs, tunnelsFrom } from "../../wire/tunnels.ts";
import type { CheckedService } from "./checked.ts";

export interface KnownTunnels {
  /** Reads what is new; tells whether there was anything. */
  readonly look: () => boolean;
  /** Of the tunnel to a host; undefined: nothing is known. */
  readonly to: (host: string) => Tunnel | undefined;
}

const nothing: Readonly<Record<string, Tunnel>> = {};
const staleMs = 5 * tunnelsEveryMs;
export const darkReason: DarkReason = "its tunnel is dark";

export function knownTunnels(path: string, clock: Pick<Clock, "monotonic">): KnownTunnels {
  let hosts = nothing;
  let seen = "";
  let changedAt = clock.monotonic();

  function read(): Readonly<Record<string, Tunnel>> {
    const now = clock.monotonic();
    const state = stateOf(path);
    if (state === seen) return now - changedAt > staleMs ? nothing : hosts;
    seen = state;
    changedAt = now;
    return (state === "" ? undefined : tunnelsFrom(readJsonIfAny(path)))?.hosts ?? nothing;
  }

  return {
    look() {
      const before = hosts;
      hosts = read();
      return before !== hosts;
    },
    to: (host) => (Object.hasOwn(hosts, host) ? hosts[host] : undefined),
  };
}

/** Targets behind a dark tunnel, but for those that are known to be down. */
export function darkTargets(
  services: readonly CheckedService[],
  { to }: Pick<KnownTunnels, "to">,
  down: readonly TargetDown[],
): TargetDown[] {
  const known = new Set(down.map(({ service, target }) => `${service}\0${target}`));
  return services.flatMap(({ name: service, targets }) =>
    targets.flatMap(({ name: target }) => {
      const isNews = to(target)?.isDark === true && !known.has(`${service}\0${target}`);
      return isNews ? [{ service, target, reason: darkReason }] : [];
    }),
  );
}

/** Empty when there is no file, or none that may be read. */
function stateOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "";
  }
}
