// Each target in turn. Weights, slow start, nearness and health are in `turns` already (participants.ts).
import type { Service, Target } from "../world.ts";

/** The next target; undefined: there are none. */
export function firstTarget(service: Service): Target | undefined {
  const next = service.cursor + 1;
  service.cursor = next < service.turns.length ? next : 0;
  const target = service.turns[service.cursor];
  return target;
}
