// The bypass (`pwx`) of a rotation: who needs it, and whom it joins. Pure.
//
// Where a direct plane's key is replaced, the bypass leads straight to the other end. Where it is that of a plane to a relay, or of the
// relay's own, the bypass leads to the same relay, which passes on from bypass to bypass as it does from `pwr` to `pwr`: for
// those alone who know of no other way to each other.

import { formatEndpoint } from "../../net/endpoint.ts";
import { punchedBypassCapability, relayBypassCapability } from "../../wire/capability.ts";
import type { PeerObject } from "../../wire/mesh.ts";
import type { Member } from "../members.ts";
import { own } from "../own.ts";
import { bypassPort } from "../ports.ts";
import {
  canGoDirect,
  isPair,
  legTo,
  mayRelay,
  othersOf,
  relaysFrom,
  sharedRelays,
  type Topology,
} from "../topology.ts";
import { bypassesBetween, openBypasses } from "./effects.ts";
import { isBypassAnchor, mustPunch } from "./punched.ts";
import type { RotationStep } from "./run.ts";

/**
 * Hosts that make a key for the bypass when this plane's is replaced; none where nobody needs it. Over a relay those alone whose
 * agents can send by it whatever the pair sends, networks behind its ends included; and through NATs those who can find it there.
 */
export function bypassEnds(
  { host, plane }: Pick<RotationStep, "host" | "plane">,
  topology: Topology,
  capabilityOf: (host: string) => number,
): readonly string[] {
  const member = topology.members.find(({ name }) => name === host);
  if (member === undefined) return [];
  if (plane === "pw0") {
    const mates = othersOf(topology, member).filter((other) => canGoDirect(member, other));
    const others = [member, ...mates, ...punchedEnds(member, topology, capabilityOf)];
    return [...new Set(others)].map(({ name }) => name);
  }
  const canCross = (name: string) => capabilityOf(name) >= relayBypassCapability;
  const relay = plane === "pwr" ? member : topology.legs.get(member)?.find((leg) => leg.plane === plane)?.relay;
  if (relay === undefined || !canCross(relay.name)) return [];
  const ends = relay === member ? [...(topology.spokes.get(relay)?.keys() ?? [])] : [member];
  const lone = ends.flatMap((end) => {
    if (!canCross(end.name)) return [];
    const others = othersOf(topology, end).filter(
      (other) => canCross(other.name) && isLone(end, other, relay, topology),
    );
    return others.length === 0 ? [] : [end, ...others];
  });
  return lone.length === 0 ? [] : [...new Set([relay, ...lone])].map(({ name }) => name);
}

/** The other ends that have to be found through NATs, and the relays that see them. */
function punchedEnds(member: Member, topology: Topology, capabilityOf: (host: string) => number): readonly Member[] {
  const canPunch = ({ name }: Member) => capabilityOf(name) >= punchedBypassCapability;
  if (!canPunch(member)) return [];
  return othersOf(topology, member).flatMap((other) => {
    if (!canPunch(other) || !mustPunch(member, other, topology)) return [];
    const anchors = sharedRelays(member, other, topology).filter(canPunch);
    return anchors.length === 0 ? [] : [other, ...anchors];
  });
}

/** Whether packets of a pair may cross this relay by the bypass. */
export function crossesBypass(a: Member, b: Member, relay: Member, topology: Topology): boolean {
  const steps = openBypasses(topology.rotation).filter((step) => renewsWay(step, a, b, relay, topology));
  return steps.length > 0 && isLone(a, b, relay, topology);
}

/** The other end on the bypass: itself, and as a relay those that it leads to there; undefined: they have none. */
export function bypassPeer(
  member: Member,
  other: Member,
  topology: Topology,
  keepaliveSeconds: number,
): PeerObject | undefined {
  if (openBypasses(topology.rotation).length === 0) return undefined;
  const isRelay = legTo(topology, member, other) !== undefined;
  const behind = isRelay ? othersOf(topology, member).filter((end) => crossesBypass(member, end, other, topology)) : [];
  const isJoined = behind.length > 0 || goesStraight(member, other, topology) || isBypassSpoke(member, other, topology);
  if (!isJoined) return undefined;
  const ends = [other, ...behind];
  const probes = ends.map(({ probes }) => `${probes.pwx}/128`).sort();
  const endpoint = other.endpoint && { ...other.endpoint, port: bypassPort };
  return {
    allowedIps: [...ends.flatMap(({ prefixes }) => prefixes), ...probes].sort(),
    ...(endpoint && { endpoint: formatEndpoint(endpoint) }),
    host: other.name,
    keepaliveSeconds: member.endpoint ? 0 : keepaliveSeconds,
    plane: "pwx",
    planeRoutes: probes,
    publicKey: other.keys.pwx!,
  };
}

/** Whether this spoke of the relay has peers beyond it on the bypass. */
export function isBypassSpoke(relay: Member, spoke: Member, topology: Topology): boolean {
  if (openBypasses(topology.rotation).length === 0 || legTo(topology, spoke, relay) === undefined) return false;
  return othersOf(topology, spoke).some((other) => crossesBypass(spoke, other, relay, topology));
}

/** Whether a host needs the interface. */
export function hasBypass(member: Member, topology: Topology): boolean {
  if (openBypasses(topology.rotation).length === 0) return false;
  const isCrossed = (relay: Member) =>
    isBypassSpoke(relay, member, topology) || isBypassAnchor(member, relay, topology);
  return (
    othersOf(topology, member).some((other) => goesStraight(member, other, topology)) ||
    relaysFrom(member, topology).some(isCrossed) ||
    [...(topology.spokes.get(member)?.keys() ?? [])].some(
      (spoke) => isBypassSpoke(member, spoke, topology) || isBypassAnchor(member, spoke, topology),
    )
  );
}

/** Whether the bypass leads from one end of a pair to the other. */
export function goesStraight(a: Member, b: Member, topology: Topology): boolean {
  if (bypassesBetween(topology.rotation, a.name, b.name).length === 0) return false;
  return isPair(topology, a, b) && (canGoDirect(a, b) || mustPunch(a, b, topology));
}

/** All that the two know of each other's place is that relay. */
function isLone(a: Member, b: Member, relay: Member, topology: Topology): boolean {
  if (!isPair(topology, a, b) || canGoDirect(a, b) || !mayRelay(topology, a, b)) return false;
  const shared = sharedRelays(a, b, topology);
  return shared.length === 1 && shared[0] === relay;
}

/** The step replaces a key of the way over that relay, and all three have keys for the bypass. */
function renewsWay(step: RotationStep, a: Member, b: Member, relay: Member, topology: Topology): boolean {
  const { host, plane, bypass } = step;
  if ([a, b, relay].some(({ name }) => own(bypass, name) === undefined)) return false;
  if (host === relay.name) return plane === "pwr";
  return [a, b].some((end) => end.name === host && legTo(topology, end, relay)?.plane === plane);
}
