// The target of a further try.
import { firstTarget } from "./round-robin.ts";
import type { Service, Target } from "./world.ts";

/** The next target in turn that was not tried yet; one that is left out rather than none. Undefined: all were tried. */
export function furtherTarget(service: Service, tried: readonly Target[], tries: number): Target | undefined {
  for (let i = 0; i < service.healthy.length; i++) {
    const target = firstTarget(service)!;
    if (!isTried(target, tried, tries)) return target;
  }
  for (const target of service.targets) if (!isTried(target, tried, tries)) return target;
  return undefined;
}

function isTried(target: Target, tried: readonly Target[], tries: number): boolean {
  for (let i = 0; i < tries; i++) if (tried[i] === target) return true;
  return false;
}
