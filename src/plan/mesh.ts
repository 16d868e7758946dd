// The mesh state of one host as keyed objects: those that are its own, and those that it holds because of each other host.
import type { NetworkSpec } from "../spec/types.ts";
import type { HooksObject, HostObject, PeerObject, PlaneName, SubnetObject, TunnelObject } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import { canonicalJson } from "./canonical-json.ts";
import { outwardFrom } from "./exits.ts";
import { type Crossings, forwardFor, type InboundText } from "./firewall.ts";
import type { Member } from "./members.ts";
import type { PairText } from "./paths.ts";
import { peersTowards, relayPeers } from "./peers.ts";
import { planesOf } from "./planes.ts";
import { probePort } from "./ports.ts";
import { askedKeys } from "./rotation/effects.ts";
import { onwardFrom } from "./subnets.ts";
import { isPair, othersOf, relaysFrom, type Topology } from "./topology.ts";

/** What a host's mesh state is drawn from. */
export interface Setting {
  readonly network: NetworkSpec;
  readonly topology: Topology;
  readonly member: Member;
  /** Hosts whose removal was confirmed, of those that it may have had as peers. */
  readonly released: readonly string[];
  /** For the spokes of the host itself, if it relays. */
  readonly crossings: ReadonlyMap<Member, Crossings>;
  /** Networks behind other hosts that concern it. */
  readonly subnets: readonly SubnetObject[];
  /** What it sends to the internet through others. */
  readonly tunnel: TunnelObject | undefined;
  readonly inboundText: InboundText;
  readonly pairText: PairText;
}

/** All hosts that it holds objects for: its pairs, its relays, its spokes. */
export function nearOf({ topology, member }: Setting): ReadonlySet<Member> {
  const spokes = topology.spokes.get(member)?.keys() ?? [];
  return new Set([...othersOf(topology, member), ...relaysFrom(member, topology), ...spokes]);
}

/** Who it is, its planes, and its keys. */
export function ownObjects(setting: Setting): Objects {
  const { network, topology, member, tunnel } = setting;
  const objects: Record<string, string> = { host: canonicalJson(hostObject(setting)) };
  if (tunnel) objects["tunnel"] = canonicalJson(tunnel);
  if (member.hooks) objects["hooks"] = canonicalJson(member.hooks satisfies HooksObject);
  for (const plane of planesOf(member, topology, network)) objects[`plane/${plane.name}`] = canonicalJson(plane);
  for (const key of askedKeys(topology.rotation, member.name)) objects[`key/${key.plane}`] = canonicalJson(key);
  return objects;
}

/** The networks behind other hosts. */
export function subnetObjects({ subnets }: Setting): Objects {
  return Object.fromEntries(subnets.map((subnet) => [`subnet/${subnet.prefix}`, canonicalJson(subnet)]));
}

/** Its peers on the planes to its relays: each is for all hosts behind that relay. */
export function relayObjects({ topology, member }: Setting): Objects {
  return Object.fromEntries(relayPeers(member, topology).map((peer) => [peerKey(peer), canonicalJson(peer)]));
}

export const inboundKey = ({ name }: Member) => `inbound/${name}`;

/** What it holds because of another host. */
export function objectsTowards(setting: Setting, other: Member): Objects {
  const { network, topology, member, crossings, inboundText, pairText } = setting;
  const objects: Record<string, string> = {};
  for (const peer of peersTowards(member, other, topology, network.keepaliveSeconds)) {
    objects[peerKey(peer)] = peerText(peer);
  }
  if (isPair(topology, member, other)) {
    objects[`pair/${other.name}`] = pairText(member, other);
  }
  const inbound = inboundText(other, member);
  if (inbound !== undefined) objects[inboundKey(other)] = inbound;
  const onward = onwardFrom(other, member, topology);
  if (onward) objects[`onward/${other.name}`] = canonicalJson(onward);
  const outward = outwardFrom(other, member, topology);
  if (outward) objects[`outward/${other.name}`] = canonicalJson(outward);
  const forward = forwardFor(member, other, topology, crossings);
  if (forward) objects[`forward/${other.name}`] = canonicalJson(forward);
  return objects;
}

const planeNames: readonly PlaneName[] = ["pw0", "pwr", "pwr1", "pwr2", "pwr3", "pwx"];

/** The keys of what `ownObjects` can give besides `host`, which is always there. */
export const ownKeys: readonly string[] = [
  "tunnel",
  "hooks",
  ...planeNames.flatMap((plane) => [`plane/${plane}`, `key/${plane}`]),
];

/** The keys of all objects that `objectsTowards` a host can give. */
export function keysTowards(name: string): readonly string[] {
  const kinds = ["peer/pw0", "peer/pwx", "peer/pwr", "pair", "inbound", "onward", "outward", "forward"];
  return kinds.map((kind) => `${kind}/${name}`);
}

const peerTexts = new WeakMap<PeerObject, string>();

function peerText(peer: PeerObject): string {
  const text = peerTexts.get(peer) ?? canonicalJson(peer);
  peerTexts.set(peer, text);
  return text;
}

const peerKey = ({ plane, host }: { readonly plane: string; readonly host: string }) => `peer/${plane}/${host}`;

function hostObject({ network, member, released }: Setting): HostObject {
  return {
    ipv4: member.ipv4,
    ipv4Prefix: network.ipv4,
    ipv6: member.ipv6,
    ipv6Prefix: network.ipv6,
    name: member.name,
    network: network.name,
    probePort,
    released,
    removalsConfirmedAt: member.removalsConfirmedAt,
    ...(member.routes.length > 0 && { masquerade: member.masquerade }),
  };
}
