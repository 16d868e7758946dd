// The compiler: from the file and what the registry knows to the desired state of every host. Pure: same input, same
// bytes; plan, apply, tests and the stream all use this one function.
//
//   addresses ─▶ members ─▶ topology (grants, pairs, relays) ─┬▶ planes, peers, paths, firewall    a host's mesh
//          survey                                             └▶ plugin-table, services            an edge's snapshot
import type { Spec } from "../spec/types.ts";
import type { HostObject, KeyObject } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Compiled } from "./compiled.ts";
import { edgeObjects } from "./edge-snapshot.ts";
import { forwardsOf, inboundOf } from "./firewall.ts";
import type { Member } from "./members.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";
import { pairsOfMember } from "./paths.ts";
import { canGoDirect, peersOf } from "./peers.ts";
import { planesOf } from "./planes.ts";
import { probePort } from "./ports.ts";
import { askedKeys } from "./rotation/effects.ts";
import { type Survey, survey } from "./survey.ts";
import { othersOf, type Topology } from "./topology.ts";
import { warningsOf } from "./warnings.ts";

export function compile(spec: Spec, observed: Observed): Compiled {
  return compileSurveyed(spec, observed, survey(spec, observed));
}

/** What one host is told. */
export type HostObjects = Compiled["hosts"][string];

/** How each part of that is made. */
export interface HostMakers {
  readonly mesh: () => HostObjects["mesh"];
  readonly edge: () => HostObjects["edge"];
}

/** The same, for who has the survey already; `objectsOf` may know a host's objects from before (recompile.ts). */
export function compileSurveyed(
  spec: Spec,
  observed: Observed,
  { addressPlan, topology }: Survey,
  objectsOf = (_: Member, make: HostMakers): HostObjects => ({ mesh: make.mesh(), edge: make.edge() }),
): Compiled {
  const hosts = topology.members.map((member) => {
    const objects = objectsOf(member, {
      mesh: () => meshObjects(spec, observed, member, topology),
      edge: () => (member.roles.includes("edge") ? edgeObjects(spec, member, topology, observed) : null),
    });
    return [member.name, objects] as const;
  });
  return {
    addresses: Object.fromEntries(addressPlan.addresses),
    hosts: Object.fromEntries(hosts),
    warnings: warningsOf(spec, addressPlan, topology),
  };
}

function meshObjects(spec: Spec, observed: Observed, member: Member, topology: Topology): Objects {
  const objects: Record<string, string> = { host: canonicalJson(hostObject(spec, observed, member)) };
  for (const plane of planesOf(member, topology, spec.network)) objects[`plane/${plane.name}`] = canonicalJson(plane);
  for (const key of keysOf(member, topology)) objects[`key/${key.plane}`] = canonicalJson(key);
  for (const peer of peersOf(member, topology, spec.network.keepaliveSeconds)) {
    objects[`peer/${peer.plane}/${peer.host}`] = canonicalJson(peer);
  }
  for (const pair of pairsOfMember(member, topology)) objects[`pair/${pair.host}`] = canonicalJson(pair);
  for (const inbound of inboundOf(member, topology)) objects[`inbound/${inbound.host}`] = canonicalJson(inbound);
  for (const forward of forwardsOf(member, topology)) {
    objects[`forward/${forward.a}+${forward.b}`] = canonicalJson(forward);
  }
  return objects;
}

function hostObject({ network }: Spec, observed: Observed, member: Member): HostObject {
  return {
    name: member.name,
    network: network.name,
    ipv4Prefix: network.ipv4,
    ipv6Prefix: network.ipv6,
    ipv4: member.ipv4,
    ipv6: member.ipv6,
    probePort,
    released: releasedFor(member, observed),
    removalsConfirmedAt: member.removalsConfirmedAt,
  };
}

function keysOf(member: Member, topology: Topology): readonly KeyObject[] {
  if (topology.rotation === undefined) return [];
  const mates = othersOf(topology, member).filter((other) => canGoDirect(member, other));
  return askedKeys(topology.rotation, member.name, new Set(mates.map(({ name }) => name)));
}

export function releasedFor(member: Member, { released, releasedBy = {} }: Observed): readonly string[] {
  return released.filter((name) => own(releasedBy, name)?.includes(member.name) ?? true).sort();
}
