// The target of a further try: one that was not tried yet.
import type { Service, Target } from "../world.ts";
import { firstTarget } from "./round-robin.ts";

/** The next target in turn; one that is left out rather than none. Undefined: all were tried. */
export function furtherInTurn(service: Service, tried: readonly Target[], tries: number): Target | undefined {
  for (let i = 0; i < service.turns.length; i++) {
    const target = firstTarget(service)!;
    if (!isTried(target, tried, tries)) return target;
  }
  return leftOut(service, tried, tries);
}

/** The target with the least cost, of those that take part. */
export function furtherByCost(
  service: Service,
  tried: readonly Target[],
  tries: number,
  nowMs: number,
  cost: (this: void, target: Target, nowMs: number) => number,
): Target | undefined {
  let best: Target | undefined;
  let least = 0;
  for (const target of service.pool) {
    if (isTried(target, tried, tries)) continue;
    const its = cost(target, nowMs);
    if (best === undefined || its < least) {
      best = target;
      least = its;
    }
  }
  return best;
}

/** Targets that do not take part now: healthy ones that are not near before those that are not healthy. */
export function leftOut(service: Service, tried: readonly Target[], tries: number): Target | undefined {
  for (const target of service.healthy) if (!isTried(target, tried, tries)) return target;
  for (const target of service.targets) if (!isTried(target, tried, tries)) return target;
  return undefined;
}

/** `tries` is how many of `tried` count. */
export function isTried(target: Target, tried: readonly Target[], tries: number): boolean {
  for (let i = 0; i < tries; i++) if (tried[i] === target) return true;
  return false;
}
