// Hosts that no rule tells apart are of one kind: who may open what towards whom is reckoned among kinds, of which there are
// few, and not among pairs of hosts.
import { parsePrefix, prefixCovers } from "../net/prefix.ts";
import type { AccessRule, Selector } from "../spec/types.ts";
import { type Allow, mergeAllowances } from "./allowances.ts";
import { contentId } from "./canonical-json.ts";
import type { Member } from "./members.ts";

export interface Kind {
  /** What rules look at in its members: another kind has another. */
  readonly key: string;
  readonly members: readonly Member[];
  /** What hosts of each kind may open towards a host of this one; a kind that no rule lets in is absent. */
  readonly lets: ReadonlyMap<Kind, Let>;
  /** What hosts of each kind may open towards networks behind a host of this one. */
  readonly onward: ReadonlyMap<Kind, readonly Beyond[]>;
  /** What hosts of each kind, which use it as an exit, may open towards the internet through a host of this one. */
  readonly outward: ReadonlyMap<Kind, readonly Allow[]>;
  /** The kinds with which it exchanges packets, whichever opens; itself too, where a rule joins its members. */
  readonly mates: ReadonlySet<Kind>;
  /** Those of them for which a rule says that no relay passes the packets on. */
  readonly unrelayed: ReadonlySet<Kind>;
}

/** What the rules that apply between two kinds let the one open towards the other. */
export interface Let {
  /** Of those rules, by whom they name: it stays as it is when they let through something else. */
  readonly id: string;
  readonly allow: readonly Allow[];
}

/** What may be opened towards addresses behind a host. */
export interface Beyond {
  readonly prefix: string;
  readonly allow: readonly Allow[];
}

interface Made extends Kind {
  readonly members: Member[];
  readonly lets: Map<Kind, Let>;
  readonly onward: Map<Kind, readonly Beyond[]>;
  readonly outward: Map<Kind, readonly Allow[]>;
  readonly mates: Set<Kind>;
  readonly unrelayed: Set<Kind>;
  /** Rules that let a kind in, by their place. */
  readonly applying: Map<Made, number[]>;
  /** The same for networks behind its hosts, by prefix. */
  readonly applyingBeyond: Map<Made, Map<string, number[]>>;
  /** The same for the internet. */
  readonly applyingOutward: Map<Made, number[]>;
}

/** The kinds of these members under these rules, in the order of their first members. */
export function kindsOf(rules: readonly AccessRule[], members: readonly Member[]): readonly Kind[] {
  const beyond = [...new Set(rules.flatMap(({ toPrefixes = [] }) => toPrefixes))];
  const leading = routesTo(beyond, members);
  const leavesBy = rules.some(({ toInternet }) => toInternet) ? members.flatMap(exitTraits) : [];
  const mentioned = new Set([
    ...rules.flatMap(({ from, to }) => [...from, ...to]).map(nameOf),
    ...[...leading.values()].flat(),
    ...leavesBy.flatMap(({ trait, exit }) => [trait, exit]),
  ]);
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
  for (const [index, rule] of rules.entries()) {
    const sources = select(rule.from);
    for (const { source, destination } of join(sources, select(rule.to), rule))
      getOrMake(destination.applying, source, () => []).push(index);
    for (const prefix of rule.toPrefixes ?? []) {
      const routers = new Set(leading.get(prefix)!.flatMap((trait) => bySelector.get(trait) ?? []));
      const others = new Set([...sources].filter((source) => !routers.has(source))); // who leads there needs nobody for it
      for (const { source, destination } of join(others, routers, rule)) {
        const byPrefix = getOrMake(destination.applyingBeyond, source, () => new Map<string, number[]>());
        getOrMake(byPrefix, prefix, () => []).push(index);
      }
    }
  }
  for (const [index, rule] of rules.entries()) {
    if (!rule.toInternet) continue;
    for (const source of select(rule.from)) {
      const exits = source.members.slice(0, 1).flatMap(exitTraits); // its members have the same
      const kindsOfExits = exits.flatMap(({ exit }) => bySelector.get(exit) ?? []).filter(isExit);
      for (const { destination } of join(new Set([source]), new Set(kindsOfExits), rule))
        getOrMake(destination.applyingOutward, source, () => []).push(index);
    }
  }
  const merged = new Map<string, Let>(); // many kinds meet the same rules: merge each set once
  const letOf = (indexes: readonly number[]) =>
    getOrMake(merged, indexes.join(), () => letBy(indexes.map((index) => rules[index]!)));
  const mergedOf = (indexes: readonly number[]) => letOf(indexes).allow;
  for (const kind of kinds.values()) {
    for (const [source, indexes] of kind.applying) kind.lets.set(source, letOf(indexes));
    for (const [source, indexes] of kind.applyingOutward) kind.outward.set(source, mergedOf(indexes));
    for (const [source, byPrefix] of kind.applyingBeyond) {
      const all = [...byPrefix].map(([prefix, indexes]): Beyond => ({ prefix, allow: mergedOf(indexes) }));
      kind.onward.set(
        source,
        all.sort((a, b) => (a.prefix < b.prefix ? -1 : 1)),
      ); // no prefix is there twice
    }
  }
  return [...kinds.values()];
}

/** Makes mates of each two; gives them one after the other. */
function* join(
  sources: ReadonlySet<Made>,
  destinations: ReadonlySet<Made>,
  { relay }: AccessRule,
): Generator<{ readonly source: Made; readonly destination: Made }> {
  for (const destination of destinations) {
    for (const source of sources) {
      for (const [one, other] of [[source, destination] as const, [destination, source] as const]) {
        one.mates.add(other);
        if (relay === "never") one.unrelayed.add(other); // for all that the pair exchanges: routes know no ports
      }
      yield { source, destination };
    }
  }
}

function emptyKind(key: string, member: Member): Made {
  const applying = { applying: new Map(), applyingBeyond: new Map(), applyingOutward: new Map() };
  const [lets, onward, outward] = [new Map(), new Map(), new Map()];
  return { key, members: [member], lets, onward, outward, mates: new Set(), unrelayed: new Set(), ...applying };
}

const nameOf = (selector: Selector) => (selector.kind === "all" ? "all" : `${selector.kind}:${selector.name}`);

/** All that a rule can name a host by, sorted. */
function traitsOf(member: Member): readonly string[] {
  const { name, roles, tags, routes } = member;
  const selected = [`host:${name}`, ...roles.map((role) => `role:${role}`), ...tags.map((tag) => `tag:${tag}`)];
  return ["all", ...selected, ...routes.map(routeTrait), ...exitTraits(member).map(({ trait }) => trait)].sort();
}

/** What tells hosts by the exits that they use, and each of these exits. */
function exitTraits({ tunnel }: Member): readonly { readonly trait: string; readonly exit: string }[] {
  return (tunnel?.exits ?? []).map((name) => ({ trait: `tunnel:${name}`, exit: `host:${name}` }));
}

/** A host that somebody names as exit is a kind of its own. */
const isExit = ({ members }: Kind) => members[0]!.exit !== undefined;

const routeTrait = (prefix: string) => `route:${prefix}`;

/** By prefix, the traits of hosts that lead there. */
function routesTo(prefixes: readonly string[], members: readonly Member[]): ReadonlyMap<string, readonly string[]> {
  const routes = prefixes.length === 0 ? [] : [...new Set(members.flatMap((member) => member.routes))];
  return new Map(prefixes.map((prefix) => [prefix, routes.filter((route) => covers(route, prefix)).map(routeTrait)]));
}

/** Whether the member routes a network that these addresses lie in. */
export function leadsTo({ routes }: Member, prefix: string): boolean {
  return routes.some((route) => covers(route, prefix));
}

const covers = (outer: string, inner: string) => prefixCovers(parsePrefix(outer)!, parsePrefix(inner)!);

/** Rules with the same ends apply together: no two sets of rules that apply have the same id. */
function letBy(rules: readonly AccessRule[]): Let {
  return { id: contentId(rules.map(({ from, to }) => [from, to])), allow: mergeInTime(rules) };
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
