// The WireGuard interfaces of a host.
import type { NetworkSpec } from "../spec/types.ts";
import type { PlaneName, PlaneObject } from "../wire/mesh.ts";
import type { Member } from "./members.ts";
import { relaysOf } from "./relays.ts";
import type { Topology } from "./topology.ts";

/** UDP port that answers probes, on each plane's probe address. */
export const probePort = 51830;

/** `pw0` for every host with keys, one plane a leg, and `pwr` on a relay. */
export function planesOf(member: Member, topology: Topology, network: NetworkSpec): readonly PlaneObject[] {
  if (!topology.pairs.has(member)) return [];
  const plane = (name: PlaneName, listenPort: number, relay?: string): PlaneObject => ({
    name,
    listenPort,
    mtu: network.mtu,
    probeAddress: member.probes[name],
    ...(relay !== undefined && { relay }),
  });
  return [
    plane("pw0", member.ports.direct),
    ...topology.legs.get(member)!.map((leg) => plane(leg.plane, 0, leg.relay.name)),
    ...(relaysOf([member]).length > 0 ? [plane("pwr", member.ports.relay)] : []),
  ];
}
