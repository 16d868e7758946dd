// The target with the fewest requests in flight for its weight; of several, the next in turn.
import type { Service, Target } from "../world.ts";
import { firstTarget } from "./round-robin.ts";

/** Requests in flight for each part of the weight. */
export function loadOf(target: Target): number {
  return target.load.active / target.share;
}

export function leastConnected(service: Service): Target | undefined {
  let best = firstTarget(service);
  if (best === undefined) return undefined;
  let least = loadOf(best);
  for (const target of service.pool) {
    const load = loadOf(target);
    if (load < least) {
      least = load;
      best = target;
    }
  }
  return best;
}
