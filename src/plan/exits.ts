// The internet behind exit hosts (`exit` and `tunnel` of a host) as the objects that hosts get of it. A third host never passes
// such packets on: WireGuard hands a range to one peer of an interface, and two spokes of a relay may use two exits.
import type { OutwardObject, TunnelObject } from "../wire/mesh.ts";
import type { Member } from "./members.ts";
import { othersOf, type Topology } from "./topology.ts";

/** What WireGuard lets through between a host and its exit. */
export function exitPrefixes(exit: Member, source: Member, topology: Topology): readonly string[] {
  if (!mayUse(source, exit, topology)) return [];
  const { ipv4, ipv6 } = exit.exit!;
  return [...(ipv4 ? ["0.0.0.0/0"] : []), ...(ipv6 ? ["::/0"] : [])];
}

/** What the other host may open towards the internet through the member. */
export function outwardFrom(other: Member, member: Member, { kindOf }: Topology): OutwardObject | undefined {
  const kind = kindOf.get(other);
  const allow = kind && kindOf.get(member)?.outward.get(kind);
  if (allow === undefined) return undefined;
  const { ipv4, ipv6 } = member.exit!;
  const isLed = (prefix: string) => (prefix.includes(":") ? ipv6 : ipv4);
  return { allow, from: other.prefixes.filter(isLed), host: other.name };
}

/** The member's tunnel with the exits that it can have now: a drained one only where there is no other. */
export function tunnelOf(member: Member, topology: Topology): TunnelObject | undefined {
  const { tunnel } = member;
  if (tunnel === undefined) return undefined;
  const others = new Map(othersOf(topology, member).map((other) => [other.name, other]));
  const exits = tunnel.exits.flatMap((name) => others.get(name) ?? []).filter((one) => mayUse(member, one, topology));
  const undrained = exits.filter(({ drained }) => !drained);
  const usable = undrained.length > 0 ? undrained : exits;
  return {
    ...(tunnel.except && { except: tunnel.except }),
    exits: usable.filter(({ exit }) => exit!.ipv4).map(({ name }) => name),
    exits6: usable.filter(({ exit }) => exit!.ipv6).map(({ name }) => name),
    ...(tunnel.only && { only: tunnel.only }),
  };
}

function mayUse(source: Member, exit: Member, { kindOf }: Topology): boolean {
  const kind = kindOf.get(source);
  return kind !== undefined && kindOf.get(exit)?.outward.has(kind) === true;
}
