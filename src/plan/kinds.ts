// Hosts that no rule tells apart are of one kind: who may open what towards whom is reckoned among kinds, of which there are
// few, and not among pairs of hosts.
import type { AccessRule, Selector } from "../spec/types.ts";
import { type Allow, mergeAllowances } from "./allowances.ts";
import type { Member } from "./members.ts";

export interface Kind {
  /** What rules look at in its members: another kind has another. */
  readonly key: string;
  readonly members: readonly Member[];
  /** What hosts of each kind may open towards a host of this one; a kind that no rule lets in is absent. */
  readonly lets: ReadonlyMap<Kind, readonly Allow[]>;
  /** The kinds with which it exchanges packets, whichever opens; itself too, where a rule joins its members. */
  readonly mates: ReadonlySet<Kind>;
  /** Those of them for which a rule says that no relay passes the packets on. */
  readonly unrelayed: ReadonlySet<Kind>;
}

interface Made extends Kind {
  readonly members: Member[];
  readonly lets: Map<Kind, readonly Allow[]>;
  readonly mates: Set<Kind>;
  readonly unrelayed: Set<Kind>;
  /** Rules that let a kind in, by their place. */
  readonly applying: Map<Made, number[]>;
}

/** The kinds of these members under these rules, in the order of their first members. */
export function kindsOf(rules: readonly AccessRule[], members: readonly Member[]): readonly Kind[] {
  const mentioned = new Set(rules.flatMap(({ from, to }) => [...from, ...to]).map(nameOf));
  const kinds = new Map<string, Made>();
  const bySelector = new Map<string, Made[]>();
  for (const member of members) {
    const traits = traitsOf(member).filter((trait) => mentioned.has(trait));
    const key = traits.join(" ");
    const known = kinds.get(key);
    if (known) known.members.push(member);
    else {
      const kind = emptyKind(key, member);
      kinds.set(key, kind);
      for (const trait of traits) getOrMake(bySelector, trait, () => []).push(kind);
    }
  }
  const select = (selectors: readonly Selector[]) =>
    new Set(selectors.flatMap((selector) => bySelector.get(nameOf(selector)) ?? []));
  for (const [index, rule] of rules.entries()) join(select(rule.from), select(rule.to), rule, index);
  const merged = new Map<string, readonly Allow[]>(); // many kinds meet the same rules: merge each set once
  for (const kind of kinds.values()) {
    for (const [source, indexes] of kind.applying) {
      const allow = getOrMake(merged, indexes.join(), () => mergeInTime(indexes.map((index) => rules[index]!)));
      kind.lets.set(source, allow);
    }
  }
  return [...kinds.values()];
}

function join(sources: ReadonlySet<Made>, destinations: ReadonlySet<Made>, { relay }: AccessRule, index: number): void {
  for (const destination of destinations) {
    for (const source of sources) {
      getOrMake(destination.applying, source, () => []).push(index);
      for (const [one, other] of [[source, destination] as const, [destination, source] as const]) {
        one.mates.add(other);
        if (relay === "never") one.unrelayed.add(other); // for all that the pair exchanges: routes know no ports
      }
    }
  }
}

function emptyKind(key: string, member: Member): Made {
  const [lets, mates, unrelayed] = [new Map(), new Set<Kind>(), new Set<Kind>()];
  return { key, members: [member], lets, mates, unrelayed, applying: new Map() };
}

const nameOf = (selector: Selector) => (selector.kind === "all" ? "all" : `${selector.kind}:${selector.name}`);

/** All that a selector can name a host by, sorted. */
function traitsOf({ name, roles, tags }: Member): readonly string[] {
  return ["all", `host:${name}`, ...roles.map((role) => `role:${role}`), ...tags.map((tag) => `tag:${tag}`)].sort();
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
