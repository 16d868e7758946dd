// Who talks with whom, and through what: the one picture that all objects of the mesh are drawn from.
import type { Spec } from "../spec/types.ts";
import { type Kind, kindsOf, type Let } from "./kinds.ts";
import type { Member } from "./members.ts";
import { forgetful, type Memory } from "./memory.ts";
import { type Leg, legsAmong, relaysOf } from "./relays.ts";
import type { Rotation } from "./rotation/run.ts";

export interface Topology {
  /** Joined members, by name. */
  readonly members: readonly Member[];
  /** All kinds of members that have keys. */
  readonly kinds: readonly Kind[];
  /** A pair is two joined hosts with keys that some rule joins, whichever may open; a host without keys has no kind. */
  readonly kindOf: ReadonlyMap<Member, Kind>;
  /** The members of a kind's mates, by name: the other ends of each of its members' pairs, and that member where it is its own mate. */
  readonly rosters: ReadonlyMap<Kind, readonly Member[]>;
  /** Members that can relay, by name. */
  readonly relays: readonly Member[];
  /** The legs that some pair of the member may need, by relay. */
  readonly legs: ReadonlyMap<Member, readonly Leg[]>;
  /** The members that have such a leg to a relay, by name; a relay without any is absent. */
  readonly spokes: ReadonlyMap<Member, ReadonlyMap<Member, Leg["plane"]>>;
  /** Keys that are being replaced. */
  readonly rotation?: Rotation;
}

/** Lists that are as a compiler remembers them keep their identity. */
export function topologyOf(
  spec: Spec,
  all: readonly Member[],
  rotation?: Rotation,
  memory: Memory = forgetful,
): Topology {
  const members = all.filter(({ joined }) => joined);
  const meshed = members.filter(({ keys }) => keys.pw0 !== undefined);
  const kinds = kindsOf(spec.access, meshed);
  const kindOf = new Map(kinds.flatMap((kind) => kind.members.map((member) => [member, kind] as const)));
  const rosters = rostersOf(kinds, meshed, memory);
  const relays = memory.recall("relays", relaysOf(meshed));
  const legs = neededLegs(kinds, relays, legsAmong(meshed, relays, spec.network.name));
  return {
    ...{ members, kinds, kindOf, rosters, relays, legs, spokes: spokesOf(legs) },
    ...(rotation && { rotation }),
  };
}

/** The member's leg to that relay, if it has one. */
export function legTo(topology: Topology, member: Member, relay: Member): Leg | undefined {
  return topology.legs.get(member)?.find((leg) => leg.relay === relay);
}

/** The other ends of the member's pairs, by name; none for a host without keys. */
export function othersOf({ kindOf, rosters }: Topology, member: Member): readonly Member[] {
  const kind = kindOf.get(member);
  if (kind === undefined) return [];
  const roster = rosters.get(kind)!;
  return kind.mates.has(kind) ? roster.filter((other) => other !== member) : roster;
}

/** Whether some rule joins the two. */
export function isPair({ kindOf }: Topology, a: Member, b: Member): boolean {
  const [kind, other] = [kindOf.get(a), kindOf.get(b)];
  return a !== b && kind !== undefined && other !== undefined && kind.mates.has(other);
}

/** What one host may open towards another; undefined: no rule lets it. */
export function letOf({ kindOf }: Topology, from: Member, to: Member): Let | undefined {
  const source = kindOf.get(from);
  return from === to || source === undefined ? undefined : kindOf.get(to)?.lets.get(source);
}

/** One end can be reached, so that the other can begin. */
export function canGoDirect(a: Member, b: Member): boolean {
  return a.endpoint !== undefined || b.endpoint !== undefined;
}

/** The relays that the member has a leg to. */
export function relaysFrom(member: Member, { legs }: Topology): readonly Member[] {
  return (legs.get(member) ?? []).map(({ relay }) => relay);
}

/** Hosts that share a relay tell each other by way of it where they might be reached. */
export function sharedRelays(a: Member, b: Member, topology: Topology): readonly Member[] {
  return relaysFrom(a, topology).filter((relay) => legTo(topology, b, relay) !== undefined);
}

/** Whether a third host may pass on the pair's packets. Probes may always go that way: they say how to do without it. */
export function mayRelay({ kindOf }: Topology, a: Member, b: Member): boolean {
  const other = kindOf.get(b);
  return other === undefined || kindOf.get(a)?.unrelayed.has(other) !== true;
}

function rostersOf(kinds: readonly Kind[], members: readonly Member[], memory: Memory): Topology["rosters"] {
  const position = new Map(members.map((member, index) => [member, index]));
  const byName = (a: Member, b: Member) => position.get(a)! - position.get(b)!;
  const rosterOf = ({ key, mates }: Kind) => {
    const roster = [...mates].flatMap((mate) => mate.members).sort(byName);
    return memory.recall(`roster ${key}`, roster);
  };
  return new Map(kinds.map((kind) => [kind, rosterOf(kind)]));
}

/** Of each member's legs those to a relay that is the other end of a pair of its, or that another such end has a leg to. */
function neededLegs(
  kinds: readonly Kind[],
  relays: readonly Member[],
  possible: ReadonlyMap<Member, readonly Leg[]>,
): Topology["legs"] {
  const reaches = (member: Member, relay: Member) => possible.get(member)!.some((leg) => leg.relay === relay);
  const legs = new Map<Member, Leg[]>([...possible.keys()].map((member) => [member, []]));
  for (const relay of relays) {
    const reaching = new Map(
      kinds.map((kind) => [kind, kind.members.filter((one) => one === relay || reaches(one, relay)).length]),
    );
    for (const kind of kinds) {
      const ends = [...kind.mates].reduce((sum, mate) => sum + reaching.get(mate)!, 0);
      const others = kind.mates.has(kind) ? ends - 1 : ends; // the member itself is no reason
      if (others <= 0) continue;
      for (const member of kind.members) {
        const leg = possible.get(member)!.find((one) => one.relay === relay);
        if (leg) legs.get(member)!.push(leg);
      }
    }
  }
  return legs;
}

function spokesOf(legs: Topology["legs"]): Topology["spokes"] {
  const spokes = new Map<Member, Map<Member, Leg["plane"]>>();
  for (const [member, own] of legs) {
    for (const { relay, plane } of own) {
      const known = spokes.get(relay) ?? new Map<Member, Leg["plane"]>();
      spokes.set(relay, known.set(member, plane));
    }
  }
  return spokes;
}
