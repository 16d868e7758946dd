// The keys of a snapshot by kind, in order, so that every worker builds the same; kept up without sorting them all again.
import type { Kind } from "./shapes.ts";
import { kindOf } from "./shapes.ts";

export type KeysByKind = Readonly<Record<Kind, readonly string[]>>;

type Keyed = Readonly<Record<string, unknown>>;

export const noKeys: KeysByKind = {
  route: [],
  service: [],
  plugin: [],
  keys: [],
  certificate: [],
  limits: [],
  why: [],
};

/** The keys of `after`, given those of `before`. */
export function changedKeys(keys: KeysByKind, before: Keyed, after: Keyed): KeysByKind {
  const added: Record<Kind, string[]> = {
    route: [],
    service: [],
    plugin: [],
    keys: [],
    certificate: [],
    limits: [],
    why: [],
  };
  for (const key in after) if (before[key] === undefined) added[kindOf(key)!].push(key);
  return {
    route: merged(keys.route, added.route, after),
    service: merged(keys.service, added.service, after),
    plugin: merged(keys.plugin, added.plugin, after),
    keys: merged(keys.keys, added.keys, after),
    certificate: merged(keys.certificate, added.certificate, after),
    limits: merged(keys.limits, added.limits, after),
    why: merged(keys.why, added.why, after),
  };
}

/** The old keys that are still there and the new ones, in order. */
function merged(old: readonly string[], added: string[], after: Keyed): readonly string[] {
  added.sort();
  const all: string[] = [];
  let next = 0;
  for (const key of old) {
    while (next < added.length && added[next]! < key) {
      all.push(added[next]!);
      next++;
    }
    if (after[key] !== undefined) all.push(key);
  }
  while (next < added.length) {
    all.push(added[next]!);
    next++;
  }
  return all;
}
