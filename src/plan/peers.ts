// Peers of each plane, with exactly the AllowedIPs that rules need. The exceptions, without which a relay plane does
// not work: probe addresses, and on a leg the relay's own addresses, so that its ICMP about a smaller MTU comes back.
import { formatEndpoint } from "../net/endpoint.ts";
import type { PeerObject, PlaneName } from "../wire/mesh.ts";
import { exitPrefixes } from "./exits.ts";
import type { Member } from "./members.ts";
import { bypassPort } from "./ports.ts";
import type { Leg } from "./relays.ts";
import { bypassPeer } from "./rotation/bypass.ts";
import { isBypassAnchor } from "./rotation/punched.ts";
import { prefixesBeyond } from "./subnets.ts";
import { canGoDirect, isPair, legTo, mayRelay, othersOf, relaysFrom, sharedRelays, type Topology } from "./topology.ts";

/** Keeps a leg's mapping open and the leg warm, whether or not the host is behind NAT. */
const relayKeepaliveSeconds = 25;

/** The member's peers on its planes to relays. */
export function relayPeers(member: Member, topology: Topology): readonly PeerObject[] {
  return (topology.legs.get(member) ?? []).map((leg) => relayPeer(member, leg, topology));
}

/** Its other peers that are this host. */
export function peersTowards(
  member: Member,
  other: Member,
  topology: Topology,
  keepaliveSeconds: number,
): readonly PeerObject[] {
  const plane = topology.spokes.get(member)?.get(other);
  const bypass =
    bypassPeer(member, other, topology, keepaliveSeconds) ??
    (isBypassAnchor(member, other, topology) ? anchorPeer(member, other, "pwx") : undefined);
  return [
    ...(isPair(topology, member, other) ? directPeer(member, other, topology, keepaliveSeconds) : []),
    ...(bypass === undefined ? [] : [bypass]),
    ...(isAnchor(member, other, topology) ? [anchorPeer(member, other, "pw0")] : []),
    ...(plane === undefined ? [] : [spokePeer(member, other, plane, topology)]),
  ];
}

/** The member's peers as wire/guard.ts counts them: pairs (also those over relays alone), its relays, its spokes. */
export function peerNames(member: Member, topology: Topology): ReadonlySet<string> {
  const spokes = topology.spokes.get(member)?.keys() ?? [];
  return new Set([...othersOf(topology, member), ...relaysFrom(member, topology), ...spokes].map(({ name }) => name));
}

/** The hosts that have this one as a peer, by name. */
export function namesOfPeers(name: string, topology: Topology): readonly string[] {
  const member = topology.members.find((one) => one.name === name);
  return member ? [...peerNames(member, topology)].sort() : []; // who is a peer of mine has me as one
}

/**
 * The direct planes of its relays, for a host without an endpoint, and the spokes without one, for a relay: what comes from
 * there tells where the host's NAT maps its direct plane to. Those that are a pair are peers there already.
 */
function isAnchor(member: Member, other: Member, topology: Topology): boolean {
  if (isPair(topology, member, other)) return false;
  const isRelayOf = (one: Member, relay: Member) => !one.endpoint && legTo(topology, one, relay) !== undefined;
  return isRelayOf(member, other) || isRelayOf(other, member);
}

function anchorPeer(member: Member, other: Member, plane: "pw0" | "pwx"): PeerObject {
  const endpoint = other.endpoint && (plane === "pw0" ? other.endpoint : { ...other.endpoint, port: bypassPort });
  return {
    allowedIps: [],
    ...(endpoint && { endpoint: formatEndpoint(endpoint) }),
    host: other.name,
    keepaliveSeconds: member.endpoint ? 0 : relayKeepaliveSeconds,
    plane,
    planeRoutes: [],
    publicKey: other.keys[plane]!,
  };
}

/** The other end on the direct plane; none where neither can find the other. */
function directPeer(member: Member, other: Member, topology: Topology, keepaliveSeconds: number): PeerObject[] {
  if (!canGoDirect(member, other) && sharedRelays(member, other, topology).length === 0) return [];
  return [directPeerOf(other, member.endpoint ? 0 : keepaliveSeconds)];
}

const directPeers = new WeakMap<Member, Map<number, PeerObject>>();

/** Who sends to it as often holds the very same object. */
function directPeerOf(other: Member, keepaliveSeconds: number): PeerObject {
  const known = directPeers.get(other) ?? new Map<number, PeerObject>();
  directPeers.set(other, known);
  const probe = probePrefix(other, "pw0");
  const peer = known.get(keepaliveSeconds) ?? {
    allowedIps: [...other.prefixes, probe].sort(),
    ...(other.endpoint && { endpoint: formatEndpoint(other.endpoint) }),
    host: other.name,
    keepaliveSeconds,
    plane: "pw0",
    planeRoutes: [probe],
    publicKey: other.keys.pw0!,
  };
  known.set(keepaliveSeconds, peer);
  return peer;
}

/** A spoke's only peer on a leg: everything that comes through the relay comes from it. */
function relayPeer(member: Member, { plane, relay }: Leg, topology: Topology): PeerObject {
  const behind = behindRelay(member, relay, topology);
  const probes = [...behind.map((end) => probePrefix(end.member, end.plane)), probePrefix(relay, "pwr")];
  const relayed = behind.filter((end) => mayRelay(topology, member, end.member));
  const beyond = [relay, ...relayed.map((end) => end.member)].flatMap((end) => prefixesBeyond(topology, end, member));
  const internet = exitPrefixes(relay, member, topology);
  const prefixes = [...relayed.flatMap((end) => end.member.prefixes), ...new Set(beyond), ...internet];
  return {
    allowedIps: [...prefixes, ...relay.prefixes, ...probes].sort(),
    endpoint: formatEndpoint({ host: relay.endpoint!.host, port: relay.ports.relay }),
    host: relay.name,
    keepaliveSeconds: relayKeepaliveSeconds,
    plane,
    planeRoutes: [...probes, ...(isPair(topology, member, relay) ? [] : relay.prefixes)].sort(),
    publicKey: relay.keys.pwr!,
  };
}

/** A relay's peer for one spoke; it needs a route to each, for its ICMP, and has one already to a pair or its own relay. */
function spokePeer(relay: Member, spoke: Member, plane: Leg["plane"], topology: Topology): PeerObject {
  const probe = probePrefix(spoke, plane);
  const hasRoute = isPair(topology, relay, spoke) || legTo(topology, relay, spoke) !== undefined;
  return {
    allowedIps: [...spoke.prefixes, probe].sort(),
    host: spoke.name,
    keepaliveSeconds: 0,
    plane: "pwr",
    planeRoutes: hasRoute ? [probe] : [...spoke.prefixes, probe].sort(),
    publicKey: spoke.keys[plane]!,
  };
}

/** The other ends of a member's pairs that the relay can pass on to, with the plane on which each is reached. */
function behindRelay(
  member: Member,
  relay: Member,
  topology: Topology,
): readonly { readonly member: Member; readonly plane: PlaneName }[] {
  return othersOf(topology, member).flatMap((other) => {
    const leg = legTo(topology, other, relay);
    return leg ? [{ member: other, plane: leg.plane }] : [];
  });
}

export function probePrefix(member: Member, plane: PlaneName): string {
  return `${member.probes[plane]}/128`;
}
