// The ways that a pair's packets can go, the preferred first.
import type { PairObject, PathObject } from "../wire/mesh.ts";
import type { Member } from "./members.ts";
import { canGoDirect } from "./peers.ts";
import { legTo, othersOf, type Topology } from "./topology.ts";

/** Each pair of the member, with its paths. */
export function pairsOfMember(member: Member, topology: Topology): readonly PairObject[] {
  return othersOf(topology, member).map((other) => ({
    host: other.name,
    paths: pathsBetween(member, other, topology),
    prefixes: other.prefixes,
  }));
}

/** Direct; then straight to the end that is a relay itself, on the port of its relay plane; then through relays. */
export function pathsBetween(member: Member, other: Member, topology: Topology): readonly PathObject[] {
  const paths: PathObject[] = [];
  if (canGoDirect(member, other)) paths.push({ kind: "direct", plane: "pw0", probeAddress: other.probes.pw0 });
  const toOther = legTo(topology, member, other);
  if (toOther) paths.push({ kind: "relay", plane: toOther.plane, probeAddress: other.probes.pwr });
  const toMember = legTo(topology, other, member);
  if (toMember) paths.push({ kind: "relay", plane: "pwr", probeAddress: other.probes[toMember.plane] });
  for (const { plane, relay } of topology.legs.get(member) ?? []) {
    const far = legTo(topology, other, relay);
    if (far) paths.push({ kind: "relay", plane, probeAddress: other.probes[far.plane], via: relay.name });
  }
  return paths;
}
