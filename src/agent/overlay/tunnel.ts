// What a host sends to the internet through exit hosts: a routing table of its own, which everything looks in that has no
// other way than the machine's default route, but for WireGuard's own packets, which carry a mark. Its routes are there
// whether or not an exit answers, and without one they lead nowhere: nothing goes past the tunnel.
import { canonicalAddress, type Family } from "../../net/address.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import type { MeshState, PairObject, SubnetObject } from "../../wire/mesh.ts";
import type { Facts } from "./desired.ts";
import {
  families,
  familyOf,
  mainTable,
  ownMark,
  priorities,
  type Route,
  type Rule,
  subnetMetric,
  tunnelTable,
} from "./model.ts";

/** All addresses, in halves: `ip` prints the whole of either family as `default`. */
const everything: Readonly<Record<Family, readonly string[]>> = {
  4: ["0.0.0.0/1", "128.0.0.0/1"],
  6: ["::/1", "8000::/1"],
};
/** What is for the line itself (RFC 3927); IPv6 has routes for its own. */
const linkLocal = "169.254.0.0/16";

/** The internet, as a network behind each exit. */
export function internetSubnets({ tunnel }: Pick<MeshState, "tunnel">): readonly SubnetObject[] {
  if (tunnel === undefined) return [];
  const { exits, exits6 } = tunnel;
  return [
    { prefix: "0.0.0.0/0", routers: exits, own: true },
    { prefix: "::/0", routers: exits6, own: true },
  ];
}

/** What the table says whether or not an exit answers. */
export function tunnelGround({ tunnel }: MeshState): readonly Route[] {
  if (tunnel === undefined) return [];
  const table = tunnelTable;
  const barred = families.flatMap((family) => targets(tunnel, family));
  return [
    ...barred.map((destination): Route => ({ table, destination, metric: subnetMetric })),
    ...[linkLocal, ...(tunnel.except ?? [])].map((destination): Route => ({ table, destination, isThrown: true })),
  ];
}

/** Where the tunnel's packets that this pair's other end carries go, besides their interface. */
export function tunnelTargets(pair: PairObject, mesh: MeshState, facts: Pick<Facts, "routerOf">): readonly string[] {
  const carried = internetSubnets(mesh).filter((subnet) => exitOf(subnet, facts) === pair.host);
  return carried.flatMap(({ prefix }) => targets(mesh.tunnel!, familyOf(prefix)));
}

/** Of `control`, literal addresses and ports: connections to control never depend on the tunnel. */
export function tunnelRules({ tunnel }: MeshState, control: readonly string[]): readonly Rule[] {
  if (tunnel === undefined) return [];
  const doors = [...new Set(control)].sort().flatMap((text): Rule[] => {
    const door = parseEndpoint(text, 443);
    const address = door && canonicalAddress(door.host);
    if (address === undefined) return [];
    const to = { address, port: door!.port };
    return [{ family: familyOf(address), priority: priorities.control, table: mainTable, to }];
  });
  const ofFamily = (family: Family): Rule[] => [
    { family, priority: priorities.ownNetworks, table: mainTable, exceptDefault: true },
    { family, priority: priorities.tunnel, table: tunnelTable, unlessMarked: ownMark },
  ];
  return [...doors, ...families.flatMap(ofFamily)];
}

function targets({ only }: NonNullable<MeshState["tunnel"]>, family: Family): readonly string[] {
  return only ? only.filter((prefix) => familyOf(prefix) === family) : everything[family];
}

const exitOf = (subnet: SubnetObject, { routerOf }: Pick<Facts, "routerOf">) =>
  routerOf === undefined ? subnet.routers[0] : routerOf(subnet);
