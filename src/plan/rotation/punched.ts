// Pairs that no relay may carry and that nobody can reach unasked: their direct way was found through their NATs, and so must be
// that of the bypass, which has mappings of its own there. Relays that both ends know see them: for as long as the step lasts
// they are peers on the bypass too, without addresses (anchors). Pure.
import type { Member } from "../members.ts";
import { own } from "../own.ts";
import { canGoDirect, isPair, legTo, mayRelay, othersOf, sharedRelays, type Topology } from "../topology.ts";
import { openBypasses } from "./effects.ts";

/** Whether the two have the direct way that they find for themselves, or none. */
export function mustPunch(a: Member, b: Member, topology: Topology): boolean {
  const isDirectAlone = isPair(topology, a, b) && !canGoDirect(a, b) && !mayRelay(topology, a, b);
  return isDirectAlone && sharedRelays(a, b, topology).length > 0;
}

/** The relays that take part when the key of a host's direct plane is replaced. */
export function anchorsOf(member: Member, topology: Topology): readonly Member[] {
  const mates = othersOf(topology, member).filter((other) => mustPunch(member, other, topology));
  return [...new Set(mates.flatMap((other) => sharedRelays(member, other, topology)))];
}

/** Whether one of the two is a relay that sees where the other's bypass is. */
export function isBypassAnchor(a: Member, b: Member, topology: Topology): boolean {
  return sees(a, b, topology) || sees(b, a, topology);
}

function sees(relay: Member, spoke: Member, topology: Topology): boolean {
  if (legTo(topology, spoke, relay) === undefined) return false;
  return openBypasses(topology.rotation).some(({ host, plane, bypass }) => {
    const has = ({ name }: Member) => own(bypass, name) !== undefined;
    if (plane !== "pw0" || !has(relay) || !has(spoke)) return false;
    const isOf = (other: Member) =>
      (spoke.name === host || other.name === host) &&
      has(other) &&
      mustPunch(spoke, other, topology) &&
      legTo(topology, other, relay) !== undefined;
    return othersOf(topology, spoke).some(isOf);
  });
}
