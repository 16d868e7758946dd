// The WireGuard interfaces of a host.
import { jumboMtu, usualMtu } from "../net/mtu.ts";
import type { NetworkSpec } from "../spec/types.ts";
import type { PlaneName, PlaneObject } from "../wire/mesh.ts";
import type { Member } from "./members.ts";
import { bypassPort } from "./ports.ts";
import { relaysOf } from "./relays.ts";
import { hasBypass } from "./rotation/bypass.ts";
import type { Topology } from "./topology.ts";

/** `pw0` for every host with keys, one plane a leg, `pwr` on a relay, and `pwx` where a rotation needs it. */
export function planesOf(member: Member, topology: Topology, network: NetworkSpec): readonly PlaneObject[] {
  if (!topology.kindOf.has(member)) return [];
  const plane = (name: PlaneName, listenPort: number, relay?: Member): PlaneObject => ({
    generation: member.generations[name] ?? 1,
    listenPort,
    ...(network.mtu === undefined && { mostMtu: jumboMtu }),
    mtu: network.mtu ?? usualMtu,
    name,
    probeAddress: member.probes[name],
    ...(relay !== undefined && { relay: relay.name, relayProbeAddress: relay.probes.pwr }),
  });
  return [
    plane("pw0", member.ports.direct),
    ...topology.legs.get(member)!.map((leg) => plane(leg.plane, 0, leg.relay)),
    ...(relaysOf([member]).length > 0 ? [plane("pwr", member.ports.relay)] : []),
    ...(hasBypass(member, topology) ? [plane("pwx", bypassPort)] : []),
  ];
}
