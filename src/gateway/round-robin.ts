// Which target takes a request: each in turn, among those that take part.
import type { Service, Target } from "./world.ts";

/** The next target that was not tried yet; fails open: with every target ejected, all take part. Undefined: none left. */
export function nextTarget(service: Service, tried: readonly Target[], tries: number): Target | undefined {
  const targets = service.healthy.length > 0 ? service.healthy : service.targets;
  const count = targets.length;
  let cursor = service.cursor;
  for (let i = 0; i < count; i++) {
    cursor++;
    if (cursor >= count) cursor = 0;
    const target = targets[cursor]!;
    let isTried = false;
    for (let j = 0; j < tries; j++) if (tried[j] === target) isTried = true;
    if (!isTried) {
      service.cursor = cursor;
      return target;
    }
  }
  return undefined;
}
