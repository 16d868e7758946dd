// Access rules that hold for a time: until when each does, and what the file says once that is over. Pure: the time is given.
import type { AccessRule, Spec } from "../spec/types.ts";
import { canonicalJson } from "./canonical-json.ts";

/** Until when rules with `for:` hold, by what they say: a file that is applied again gives none of them more time. */
export type Deadlines = Readonly<Record<string, number>>;

/** The deadlines of a file that comes into force now; a rule that was in force before keeps its own. */
export function deadlinesOf({ access }: Pick<Spec, "access">, before: Deadlines, nowMs: number): Deadlines {
  const rules = access.flatMap((rule): [string, number][] => {
    const key = keyOf(rule);
    return rule.forMs === undefined ? [] : [[key, before[key] ?? nowMs + rule.forMs]];
  });
  return Object.fromEntries(rules);
}

/** The deadlines of a file whose rules are those of another one, in the same order, with other names of hosts. */
export function renamedDeadlines(
  old: Pick<Spec, "access">,
  next: Pick<Spec, "access">,
  deadlines: Deadlines,
): Deadlines {
  const kept = next.access.flatMap((rule, index): [string, number][] => {
    const untilMs = deadlines[keyOf(old.access[index]!)];
    return rule.forMs === undefined || untilMs === undefined ? [] : [[keyOf(rule), untilMs]];
  });
  return Object.fromEntries(kept);
}

/** Until when each rule with `for:` holds, by its index: what stays true of it whoever reads the file. */
export function deadlinesByIndex({ access }: Pick<Spec, "access">, deadlines: Deadlines): ReadonlyMap<number, number> {
  const all = access.map(
    (rule, index) => [index, rule.forMs === undefined ? undefined : deadlines[keyOf(rule)]] as const,
  );
  return new Map(all.flatMap(([index, untilMs]) => (untilMs === undefined ? [] : [[index, untilMs] as const])));
}

/** The reverse. */
export function deadlinesAt({ access }: Pick<Spec, "access">, byIndex: ReadonlyMap<number, number>): Deadlines {
  return Object.fromEntries([...byIndex].map(([index, untilMs]) => [keyOf(access[index]!), untilMs]));
}

/** The file with each rule's deadline in it; a rule whose time is over joins nobody, in its place. */
export function atTime(spec: Spec, deadlines: Deadlines, nowMs: number): Spec {
  if (!spec.access.some(isTimed)) return spec;
  const access = spec.access.map((rule): AccessRule => {
    const untilMs = deadlineOf(rule, deadlines);
    if (untilMs === undefined) return rule;
    return untilMs > nowMs ? { ...rule, untilMs } : { ...rule, from: [], to: [], allow: [] };
  });
  return { ...spec, access };
}

/** The next moment at which a rule's time is over. */
export function nextDeadline(spec: Spec, deadlines: Deadlines, nowMs: number): number | undefined {
  const all = spec.access.flatMap((rule) => deadlineOf(rule, deadlines) ?? []).filter((untilMs) => untilMs > nowMs);
  return all.length === 0 ? undefined : Math.min(...all);
}

const isTimed = ({ forMs, untilMs }: AccessRule) => forMs !== undefined || untilMs !== undefined;
const keyOf = ({ from, to, toPrefixes, toInternet, allow, forMs }: AccessRule) =>
  canonicalJson({ from, to, ...(toPrefixes && { toPrefixes }), ...(toInternet && { toInternet }), allow, forMs });
const deadlineOf = (rule: AccessRule, deadlines: Deadlines) =>
  rule.forMs === undefined ? rule.untilMs : (deadlines[keyOf(rule)] ?? 0); // one that nobody knows is over
