// The target of a further try.
import { firstTarget } from "./round-robin.ts";
import type { Service, Target } from "./world.ts";

/** The next target in turn that was not tried yet, undefined when there is none. */
export function furtherTarget(service: Service, tried: readonly Target[], tries: number): Target | undefined {
  for (let i = 0; i < service.targets.length; i++) {
    const target = firstTarget(service)!;
    let isTried = false;
    for (let j = 0; j < tries; j++) if (tried[j] === target) isTried = true;
    if (!isTried) return target;
  }
  return undefined;
}
