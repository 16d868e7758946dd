// A segment is a bridge in a box: the public internet, or the LAN behind a gateway. Hosts are plugged into it.
import type { Box } from "./box.ts";
import { type Cable, openCable } from "./cable.ts";

export interface Segment {
  readonly name: string;
  /** The box that holds the bridge and is the segment's default router. */
  readonly router: Box;
  /** First three octets of its /24, such as `203.0.113`. */
  readonly ipv4: string;
  /** Start of its /64, such as `2001:db8::`; without it the segment has no IPv6. */
  readonly ipv6?: string;
  /** Numbers from 10 on, each once: the last part of a host's addresses, and its port's name. */
  readonly nextNumber: () => number;
}

export interface Addresses {
  readonly ipv4: string;
  readonly ipv6?: string;
}

const bridge = "lan";

/** Makes the segment's bridge in `router`, which gets its first addresses. */
export async function openSegment(name: string, router: Box, ranges: Pick<Segment, "ipv4" | "ipv6">): Promise<Segment> {
  await router.ip([
    `link add ${bridge} mtu 1500 type bridge mcast_snooping 0`,
    ...addressLines(bridge, addressesOf(ranges, 1)),
    `link set ${bridge} up`,
  ]);
  let last = 9;
  return { name, router, ...ranges, nextNumber: () => ++last };
}

/** Joins `box` to the segment by a cable from its interface `device`, with addresses of that number and default routes. */
export async function plugIn(
  box: Box,
  device: string,
  segment: Segment,
  number: number,
  mtu = 1500,
): Promise<{ readonly addresses: Addresses; readonly cable: Cable }> {
  const port = `port${number}`;
  const addresses = addressesOf(segment, number);
  await segment.router.ip([
    `link add ${port} mtu ${mtu} type veth peer name ${device} mtu ${mtu} netns ${box.pid}`,
    `link set ${port} master ${bridge} up`,
  ]);
  await box.ip(insideLines(device, addresses, addressesOf(segment, 1)));
  return { addresses, cable: openCable(box, device, segment.router, port) };
}

/** Where a machine that is no box is plugged in: a tap of that name in the segment's router, and what to give to `ip` in it. */
export async function tapOn(
  segment: Segment,
  number: number,
): Promise<{ readonly tap: string; readonly addresses: Addresses; readonly lines: readonly string[] }> {
  const tap = `port${number}`;
  await segment.router.run(["ip", "tuntap", "add", "dev", tap, "mode", "tap"]);
  await segment.router.ip([`link set ${tap} master ${bridge} up`]);
  const addresses = addressesOf(segment, number);
  return { tap, addresses, lines: insideLines("eth0", addresses, addressesOf(segment, 1)) };
}

function addressesOf(ranges: Pick<Segment, "ipv4" | "ipv6">, number: number): Addresses {
  return {
    ipv4: `${ranges.ipv4}.${number}`,
    ...(ranges.ipv6 !== undefined && { ipv6: `${ranges.ipv6}${number}` }),
  };
}

function addressLines(device: string, addresses: Addresses): string[] {
  const { ipv4, ipv6 } = addresses;
  // Without nodad an IPv6 address may not be used for a second.
  return [
    `addr add ${ipv4}/24 dev ${device}`,
    ...(ipv6 === undefined ? [] : [`addr add ${ipv6}/64 dev ${device} nodad`]),
  ];
}

/** What gives a machine its network. */
function insideLines(device: string, addresses: Addresses, gateway: Addresses): string[] {
  return [
    ...addressLines(device, addresses),
    `link set ${device} up`,
    `route add default via ${gateway.ipv4}`,
    ...(gateway.ipv6 === undefined ? [] : [`route add ::/0 via ${gateway.ipv6}`]),
  ];
}
