// What a host lets in, and what a relay lets through.
import type { ForwardObject, InboundObject } from "../wire/mesh.ts";
import type { Member } from "./members.ts";
import { probePrefix } from "./peers.ts";
import { mayRelay, othersOf, type Spoke, type Topology } from "./topology.ts";

/** Hosts that may open towards the member, by name. */
export function inboundOf(member: Member, topology: Topology): readonly InboundObject[] {
  const sources = topology.grants.get(member);
  if (!sources) return [];
  return othersOf(topology, member).flatMap((from) => {
    const allow = sources.get(from);
    return allow ? [{ allow, from: from.prefixes, host: from.name }] : [];
  });
}

/** Pairs that the relay forwards for: both ends are its spokes and some rule joins them. `a` comes before `b`. */
export function forwardsOf(relay: Member, topology: Topology): readonly ForwardObject[] {
  const spokes = topology.spokes.get(relay) ?? [];
  const ends = new Map(spokes.map((spoke) => [spoke.member, spoke]));
  return [...ends].flatMap(([member, a]) =>
    othersOf(topology, member)
      .filter((other) => ends.has(other) && member.name < other.name)
      .map((other) => {
        const relayed = mayRelay(topology, member, other);
        const [aPrefixes, bPrefixes] = [crossing(a, relayed), crossing(ends.get(other)!, relayed)];
        return { a: member.name, aPrefixes, b: other.name, bPrefixes };
      }),
  );
}

function crossing({ member, plane }: Spoke, relayed: boolean): readonly string[] {
  return [...(relayed ? member.prefixes : []), probePrefix(member, plane)].sort();
}
