// How old the WireGuard keys in use are, and which are due by the file's schedule. Pure.
import { type AgedKey, dueKeys } from "../plan/rotation/due.ts";
import { rotatedPlanes } from "../plan/rotation/select.ts";
import type { Topology } from "../plan/topology.ts";
import type { Spec } from "../spec/types.ts";
import type { KeyAges } from "../wire/rotation.ts";
import type { Facts } from "./facts.ts";

/** The keys that some other host holds as a peer's. */
export function keysInUse({ hosts }: Facts, topology: Topology): readonly AgedKey[] {
  return topology.members.flatMap((member) => {
    const membership = hosts.get(member.name)?.membership;
    if (membership === undefined) return [];
    return rotatedPlanes(member, topology).flatMap((plane): AgedKey[] => {
      const key = membership.keys.find((one) => one.plane === plane);
      const sinceMs = Date.parse(key?.since ?? membership.joinedAt);
      return key === undefined ? [] : [{ host: member.name, plane, generation: key.generation, sinceMs }];
    });
  });
}

/** Those that are due, the oldest first; none without a schedule. */
export function keysDue(facts: Facts, topology: Topology, spec: Spec, nowMs: number): readonly AgedKey[] {
  const { rotation } = spec.network;
  return rotation === undefined ? [] : dueKeys(keysInUse(facts, topology), rotation.everyMs, nowMs);
}

export function keyAges(facts: Facts, topology: Topology, spec: Spec, nowMs: number): KeyAges {
  const inUse = keysInUse(facts, topology);
  const oldest = inUse.toSorted((a, b) => a.sinceMs - b.sinceMs)[0];
  const { rotation } = spec.network;
  return {
    ...(rotation && { everyMs: rotation.everyMs }),
    inUse: inUse.length,
    ...(oldest && { oldest: shown(oldest) }),
    due: keysDue(facts, topology, spec, nowMs).map(shown),
  };
}

const shown = ({ host, plane, sinceMs }: AgedKey) => ({ host, plane, since: new Date(sinceMs).toISOString() });
