// Which target takes a request: each in turn, among those that take part.
import type { Service, Target } from "./world.ts";

/** The next target; fails open: with every target ejected, all take part. Undefined: there are none. */
export function firstTarget(service: Service): Target | undefined {
  const targets = service.healthy.length > 0 ? service.healthy : service.targets;
  const next = service.cursor + 1;
  service.cursor = next < targets.length ? next : 0;
  const target = targets[service.cursor];
  return target;
}
