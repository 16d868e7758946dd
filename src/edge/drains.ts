// What is drained, as control says: nginx is told (src/gateway/drains.ts), and targets on a drained host are left out like
// those that are down, so that new requests go to others.
import { backoff } from "../lib/backoff.ts";
import { ConnectionFailed, type Door, request } from "../lib/http.ts";
import type { Drain, DrainsPost, TargetDown } from "../wire/edge-state.ts";
import type { Objects } from "../wire/objects.ts";
import type { CheckedService } from "./health/checked.ts";

/** The object of control that holds them; it is no part of the snapshot. */
export const drainsKey = "drains";
export const drainedReason = "drained";

const againMs = 5_000;
const idleMs = 3_600_000;

export function drainsIn(objects: Objects): readonly Drain[] {
  const text = objects[drainsKey];
  return text === undefined ? [] : (JSON.parse(text) as readonly Drain[]);
}

/** One pass tells nginx, and gives the ms until the next. Throws when nginx will not have it. */
export function drainTeller(door: Door, drains: () => readonly Drain[]): () => Promise<number> {
  const waits = backoff(50, 2_000);
  return async () => {
    const post: DrainsPost = { drains: drains() };
    try {
      const reply = await request({ ...door, method: "POST", path: "/drains", body: JSON.stringify(post) });
      if (reply.status !== 200) throw new Error(`nginx refused what is drained: ${reply.status} ${reply.body}`);
    } catch (error) {
      if (error instanceof ConnectionFailed) return waits.next();
      throw error;
    }
    waits.reset();
    return post.drains.length > 0 ? againMs : idleMs;
  };
}

/** Targets on drained hosts that are not among `known`. */
export function drainedTargets(
  services: readonly CheckedService[],
  drains: readonly Drain[],
  known: readonly TargetDown[],
): TargetDown[] {
  const hosts = new Set(drains.flatMap(({ kind, name }) => (kind === "host" ? [name] : [])));
  if (hosts.size === 0) return [];
  const isKnown = (service: string, target: string) =>
    known.some((down) => down.service === service && down.target === target);
  return services.flatMap(({ name: service, targets }) =>
    targets
      .filter(({ name }) => hosts.has(name) && !isKnown(service, name))
      .map(({ name: target }) => ({ service, target, reason: drainedReason })),
  );
}
