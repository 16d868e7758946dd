// Decides what of a new state comes into force. One that takes away too many peers waits, whole, until a person confirms
// it; hosts that were removed on purpose lose their access also meanwhile. Pure.
import { heldRemovals } from "../wire/guard.ts";
import { type HostObject, meshFromObjects } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import type { HeldRemoval } from "../wire/stream.ts";

export interface Guarded {
  /** What the host's kernel is to follow. */
  readonly inForce: Objects;
  readonly held?: HeldRemoval;
  /** Revision at which each host that is missed first was: a confirmation counts for those that it could have meant. */
  readonly missingSince: Readonly<Record<string, number>>;
}

export const nothingGuarded: Guarded = { inForce: {}, missingSince: {} };

export function guard(before: Guarded, next: Objects, revision: number): Guarded {
  const { released, removalsConfirmedAt } = hostOf(next);
  const [current, wanted] = [neighbours(before.inForce), neighbours(next)];
  const missing = [...current].filter((host) => !wanted.has(host));
  const missingSince = Object.fromEntries(missing.map((host) => [host, before.missingSince[host] ?? revision]));
  const confirmed = missing.filter((host) => missingSince[host]! <= removalsConfirmedAt);
  const held = heldRemovals({
    current,
    next: wanted,
    released: [...released, ...confirmed],
    revision,
    confirmedAt: removalsConfirmedAt,
  });
  if (held === undefined) return { inForce: next, missingSince: {} };
  const gone = new Set(released.filter((host) => !wanted.has(host)));
  return { inForce: without(before.inForce, gone), held, missingSince };
}

function hostOf(objects: Objects): Pick<HostObject, "released" | "removalsConfirmedAt"> {
  const text = objects["host"];
  return text === undefined ? { released: [], removalsConfirmedAt: 0 } : (JSON.parse(text) as HostObject);
}

/** WireGuard peers, and the other ends of pairs, which may be reached over relays alone. */
function neighbours(objects: Objects): ReadonlySet<string> {
  const mesh = meshFromObjects(objects);
  return new Set([...(mesh?.pairs ?? []), ...(mesh?.peers ?? [])].map(({ host }) => host));
}

function without(objects: Objects, gone: ReadonlySet<string>): Objects {
  const concerns = (key: string) =>
    key
      .split(/[/+]/)
      .slice(1)
      .some((name) => gone.has(name));
  return Object.fromEntries(Object.entries(objects).filter(([key]) => !concerns(key)));
}
