// Which targets of services with `locality: nearest` are far, by the round-trip times of tunnels. Near are the one with the
// least and those about as near, so that they share the requests; one that is near stays so until it is clearly farther, so
// that a few ms of jitter move nobody.

import type { TargetDown, TargetName } from "../../wire/edge-state.ts";
import type { CheckedService } from "./checked.ts";
import type { KnownTunnels } from "./tunnels.ts";

/** Near with up to a quarter more than the least round trip and 1 ms; no longer with more than half and 2 ms. */
const bounds = { becomes: { ratio: 1.25, plusMs: 1 }, stays: { ratio: 1.5, plusMs: 2 } };

export interface Nearness {
  /** Those that are used only when no nearer one is healthy. What is down takes no part in it. */
  readonly far: (services: readonly CheckedService[], down: readonly TargetDown[]) => readonly TargetName[];
}

export function nearness({ to }: Pick<KnownTunnels, "to">): Nearness {
  let near = new Set<string>();
  return {
    far(services, down) {
      const isDown = new Set(down.map(keyOf));
      const before = near;
      near = new Set();
      return services.flatMap((service) => {
        if (service.locality !== "nearest") return [];
        const targets = service.targets
          .map(({ name: target }) => ({ service: service.name, target }))
          .filter((one) => !isDown.has(keyOf(one)));
        const times = targets.flatMap(({ target }) => to(target)?.roundTripMs ?? []);
        const least = Math.min(...times);
        if (times.length === 0) return [];
        return targets.filter((one) => {
          const { ratio, plusMs } = before.has(keyOf(one)) ? bounds.stays : bounds.becomes;
          const tunnel = to(one.target);
          if (tunnel === undefined) return false; // the edge itself, which comes before all others in any case
          const isNear = (tunnel.roundTripMs ?? Infinity) <= least * ratio + plusMs;
          if (isNear) near.add(keyOf(one));
          return !isNear;
        });
      });
    },
  };
}

const keyOf = ({ service, target }: TargetName) => `${service}\0${target}`;
