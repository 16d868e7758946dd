// Who talks with whom, and through what: the one picture that all objects of the mesh are drawn from.
import type { Spec } from "../spec/types.ts";
import { type Grants, grantsOf } from "./grants.ts";
import type { Member } from "./members.ts";
import { type Leg, legsOf, relaysOf } from "./relays.ts";
import type { Rotation } from "./rotation/run.ts";

export interface Topology {
  /** Joined members, by name. */
  readonly members: readonly Member[];
  readonly grants: Grants;
  /** The other ends of a member's pairs, by name. */
  readonly pairs: ReadonlyMap<Member, readonly Member[]>;
  /** Pairs that some rule keeps off relays: each member with the other ends. */
  readonly unrelayed: ReadonlyMap<Member, ReadonlySet<Member>>;
  /** The legs that some pair of the member may need, by relay. */
  readonly legs: ReadonlyMap<Member, readonly Leg[]>;
  /** The members that have such a leg to a relay, by name; a relay without any is absent. */
  readonly spokes: ReadonlyMap<Member, readonly Spoke[]>;
  /** Keys that are being replaced. */
  readonly rotation?: Rotation;
}

/** A relay's view of a leg. */
export interface Spoke {
  readonly member: Member;
  readonly plane: Leg["plane"];
}

/** A pair is two joined hosts with keys that some rule joins, whichever may open. */
export function topologyOf(spec: Spec, all: readonly Member[], rotation?: Rotation): Topology {
  const members = all.filter(({ joined }) => joined);
  const meshed = members.filter(({ keys }) => keys.pw0 !== undefined);
  const grants = grantsOf(spec.access, meshed);
  const pairs = pairsOf(meshed, grants);
  const unrelayed = unrelayedOf(spec, meshed);
  const relays = relaysOf(meshed);
  const possible = new Map(meshed.map((member) => [member, legsOf(member, relays, spec.network.name)]));
  const reach = new Map([...possible].map(([member, legs]) => [member, new Set(legs.map(({ relay }) => relay))]));
  const isNeeded = (member: Member, { relay }: Leg) =>
    pairs.get(member)!.some((other) => other === relay || reach.get(other)!.has(relay));
  const legs = new Map(meshed.map((one) => [one, possible.get(one)!.filter((leg) => isNeeded(one, leg))]));
  return { members, grants, pairs, unrelayed, legs, spokes: spokesOf(legs), ...(rotation && { rotation }) };
}

/** The member's leg to that relay, if it has one. */
export function legTo(topology: Topology, member: Member, relay: Member): Leg | undefined {
  return topology.legs.get(member)?.find((leg) => leg.relay === relay);
}

/** The other ends of the member's pairs; none for a host without keys. */
export function othersOf(topology: Topology, member: Member): readonly Member[] {
  return topology.pairs.get(member) ?? [];
}

/** Whether a third host may pass on the pair's packets. Probes may always go that way: they say how to do without it. */
export function mayRelay({ unrelayed }: Topology, a: Member, b: Member): boolean {
  return unrelayed.get(a)?.has(b) !== true;
}

/** A rule without relays is one for all that the pair exchanges: routes know no ports. */
function unrelayedOf({ access }: Spec, members: readonly Member[]): Topology["unrelayed"] {
  const unrelayed = new Map<Member, Set<Member>>();
  const add = (a: Member, b: Member) => unrelayed.set(a, (unrelayed.get(a) ?? new Set()).add(b));
  const grants = grantsOf(
    access.filter(({ relay }) => relay === "never"),
    members,
  );
  for (const [destination, sources] of grants) {
    for (const source of sources.keys()) {
      add(destination, source);
      add(source, destination);
    }
  }
  return unrelayed;
}

function pairsOf(members: readonly Member[], grants: Grants): ReadonlyMap<Member, readonly Member[]> {
  const others = new Map(members.map((member) => [member, new Set<Member>()]));
  for (const [destination, sources] of grants) {
    for (const source of sources.keys()) {
      others.get(destination)!.add(source);
      others.get(source)!.add(destination);
    }
  }
  const position = new Map(members.map((member, index) => [member, index]));
  const byName = (a: Member, b: Member) => position.get(a)! - position.get(b)!;
  return new Map([...others].map(([member, set]) => [member, [...set].sort(byName)]));
}

function spokesOf(legs: ReadonlyMap<Member, readonly Leg[]>): ReadonlyMap<Member, readonly Spoke[]> {
  const spokes = new Map<Member, Spoke[]>();
  for (const [member, own] of legs) {
    for (const { relay, plane } of own) {
      const known = spokes.get(relay);
      if (known) known.push({ member, plane });
      else spokes.set(relay, [{ member, plane }]);
    }
  }
  return spokes;
}
