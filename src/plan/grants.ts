// Access rules as what each host may open towards each other one.
import type { AccessRule } from "../spec/types.ts";
import { type Allow, mergeAllowances } from "./allowances.ts";
import type { Member } from "./members.ts";
import { select } from "./selectors.ts";

/** By destination, then by source; a pair of hosts that no rule joins is absent. */
export type Grants = ReadonlyMap<Member, ReadonlyMap<Member, readonly Allow[]>>;

/** The grants of all rules among these members. A host needs none towards itself. */
export function grantsOf(rules: readonly AccessRule[], members: readonly Member[]): Grants {
  const applying = new Map<Member, Map<Member, number[]>>();
  for (const [index, rule] of rules.entries()) {
    const sources = select(rule.from, members);
    for (const destination of select(rule.to, members)) {
      const bySource = getOrMake(applying, destination, () => new Map<Member, number[]>());
      for (const source of sources) {
        if (source !== destination) getOrMake(bySource, source, () => []).push(index);
      }
    }
  }
  const merged = new Map<string, readonly Allow[]>(); // hosts of one kind meet the same rules: merge each set once
  const mergedFor = (indexes: readonly number[]) =>
    getOrMake(merged, indexes.join(), () => mergeInTime(indexes.map((index) => rules[index]!)));
  return mapValues(applying, (bySource) => mapValues(bySource, mergedFor));
}

/** What holds for ever, and apart from it what ends, each with its end. */
function mergeInTime(rules: readonly AccessRule[]): readonly Allow[] {
  const ends = [...new Set(rules.map(({ untilMs }) => untilMs))].sort((a = 0, b = 0) => a - b);
  return ends.flatMap((end) => {
    const merged = mergeAllowances(rules.filter(({ untilMs }) => untilMs === end).flatMap(({ allow }) => allow));
    return end === undefined ? merged : merged.map((allow) => ({ ...allow, until: end }));
  });
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  const changed = new Map<K, W>();
  for (const [key, value] of map) changed.set(key, change(value));
  return changed;
}
