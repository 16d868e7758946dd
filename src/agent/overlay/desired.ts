// From the mesh state that control sent, and facts of this host, to what its kernel should hold.
import type { Family } from "../../net/address.ts";
import { hostPrefix } from "../../net/prefix.ts";
import {
  bypassForwards,
  crossingsOf,
  type ForwardObject,
  type MeshState,
  type PairObject,
  type PathObject,
  type PeerObject,
  type PlaneName,
  type PlaneObject,
  type SubnetObject,
} from "../../wire/mesh.ts";
import { firewallText } from "./firewall.ts";
import { familiesLed } from "./firewall-exits.ts";
import {
  bypassTable,
  families,
  familyOf,
  type Link,
  mainTable,
  type OnwardLink,
  type Overlay,
  ownMark,
  type Peer,
  priorities,
  type Route,
  type Rule,
  relayTable,
  subnetMetric,
  tunnelTable,
} from "./model.ts";
import { internetSubnets, tunnelGround, tunnelRules, tunnelTargets } from "./tunnel.ts";

/** What the mesh state leaves to the host. */
export interface Facts {
  /** This host's key on a plane. */
  readonly keyOf: (plane: PlaneObject) => { readonly publicKey: string; readonly file: string } | undefined;
  /** The plane that carries a pair's packets; undefined: not chosen yet. */
  readonly planeOf: (host: string) => PlaneName | undefined;
  /** The largest packet that a pair's path on a plane carries; absent: not known. */
  readonly mtuOf?: (host: string, plane: PlaneName) => number | undefined;
  /** The MTU of a plane's interface, for the largest of its paths; absent: as control says. */
  readonly linkMtu?: (plane: PlaneObject) => number;
  /** Which of a network's routers carries its packets; the first unless told. */
  readonly routerOf?: (subnet: SubnetObject) => string | undefined;
  /** The machine's own interfaces that lead to networks which this host routes for others. */
  readonly onwardLinks?: (prefixes: readonly string[]) => readonly OnwardLink[];
  /** Whether such an interface passes packets on for the overlay's sake alone, and not by somebody else's will. */
  readonly isGuarded?: (link: string, family: Family) => boolean;
  /** The machine's own interfaces towards the internet. */
  readonly uplinks?: readonly string[];
  /** Where control answers: literal addresses and ports. */
  readonly control?: readonly string[];
  /** Whether a rule's time is over. */
  readonly isOver?: (untilMs: number) => boolean;
  /** The literal address of an endpoint, if its name is resolved. */
  readonly resolve: (endpoint: string) => string | undefined;
}

export function overlayOf(mesh: MeshState, facts: Facts): Overlay {
  const onward = facts.onwardLinks?.(behindHost(mesh)) ?? [];
  const relayings = relayingsOf(mesh);
  return {
    links: mesh.planes.map((plane) => linkOf(plane, mesh, facts)),
    peers: mesh.peers.map((peer) => peerOf(peer, mesh, facts)),
    routes: routesOf(mesh, facts, relayings),
    rules: [...relayings.flatMap(relayRules), ...tunnelRules(mesh, facts.control ?? [])],
    firewall: firewallText(mesh, { isOver: facts.isOver, guarded: guardedLinks(onward, facts) }),
    onward,
    uplinks: mesh.tunnel === undefined ? [] : (facts.uplinks ?? []),
    relayLinks: relayings.map(({ link }) => link),
  };
}

/** An interface of a relay: what arrives from one of its peers leaves for another by the table, if it is for one of the spokes. */
interface Relaying {
  readonly link: PlaneName;
  readonly table: string;
  readonly spokes: readonly ForwardObject[];
}

function relayingsOf({ planes, forwards }: MeshState): readonly Relaying[] {
  const bypassed = bypassForwards(forwards);
  const all: readonly Relaying[] = [
    { link: "pwr", table: relayTable, spokes: forwards },
    ...(bypassed.length > 0 ? [{ link: "pwx", table: bypassTable, spokes: bypassed } as const] : []),
  ];
  return all.filter(({ link }) => planes.some(({ name }) => name === link));
}

/** What others reach through this host. */
export function behindHost(mesh: MeshState): readonly string[] {
  return [
    ...mesh.onward.flatMap(({ to }) => to.map(({ prefix }) => prefix)),
    ...familiesLed(mesh).map((family) => (family === 4 ? "0.0.0.0/0" : "::/0")),
  ];
}

const relayRules = ({ link, table }: Relaying) =>
  families.map((family): Rule => ({ family, priority: priorities.relay, table, link }));

/** Interfaces on which packets are passed on for the sake of the overlay alone: nothing else may use that. */
function guardedLinks(onward: readonly OnwardLink[], { isGuarded }: Facts): readonly OnwardLink[] {
  const guarded = onward.map(({ name, families, isBridge }): OnwardLink => {
    return { name, isBridge, families: families.filter((family) => isGuarded?.(name, family)) };
  });
  return guarded.filter(({ families }) => families.length > 0);
}

function linkOf(plane: PlaneObject, { host, subnets, tunnel }: MeshState, facts: Facts): Link {
  const key = facts.keyOf(plane);
  if (key === undefined) throw new Error(`this host has no key ${plane.generation ?? 1} for ${plane.name}`);
  // The overlay's IPv4 address is on all: what arrives on an interface without one passes reverse-path filtering only if
  // the way back is by that very interface, and here it may be by another.
  const overlayAddresses = plane.name === "pw0" ? [host.ipv4, host.ipv6] : [host.ipv4];
  return {
    name: plane.name,
    listenPort: plane.listenPort,
    mark: tunnel !== undefined || subnets.some(({ own }) => own) ? ownMark : 0,
    mtu: facts.linkMtu?.(plane) ?? plane.mtu,
    addresses: [...overlayAddresses, plane.probeAddress].map((address) => hostPrefix(address)!).sort(),
    publicKey: key.publicKey,
    keyFile: key.file,
  };
}

/** A network belongs to one peer of an interface: to the router that carries its packets now. */
function peerOf(peer: PeerObject, mesh: MeshState, facts: Facts): Peer {
  const subnets = [...mesh.subnets, ...internetSubnets(mesh)];
  const behind = subnets.filter((subnet) => isOwned(peer, subnet, mesh, facts)).map(({ prefix }) => prefix);
  const endpoint = peer.endpoint === undefined ? undefined : facts.resolve(peer.endpoint);
  return {
    link: peer.plane,
    publicKey: peer.publicKey,
    ...(endpoint !== undefined && { endpoint }),
    keepaliveSeconds: peer.keepaliveSeconds,
    allowedIps: [...peer.allowedIps, ...behind].sort(),
  };
}

/** On legs the relay has all that is behind it already, whoever leads there. The internet goes to no exit by a third host. */
function isOwned({ plane, host }: PeerObject, subnet: SubnetObject, mesh: MeshState, facts: Facts): boolean {
  const [router, isOwn, isPassed] = [routerOf(subnet, facts), subnet.own === true, subnet.passed !== undefined];
  if (plane === "pwr") return router === host;
  if (plane === "pw0") return isOwn && router === host;
  if (plane !== "pwx") return false;
  const { subnets, pairs } = mesh;
  const isBehind = isOwn && subnets.includes(subnet);
  const leadsOn = isBehind && pairs.some((pair) => pair.host === router && pair.paths.some(isBypassOf(host)));
  return ((isOwn || isPassed) && router === host) || leadsOn;
}

const isBypassOf = (relay: string) => (path: PathObject) => path.plane === "pwx" && path.via === relay;

export function routerOf(subnet: SubnetObject, { routerOf }: Pick<Facts, "routerOf">): string | undefined {
  return routerOf === undefined ? subnet.routers[0] : routerOf(subnet);
}

/** One route for each destination and table. Those that no pair or plane has lead nowhere, least of all out of the host. */
function routesOf(mesh: MeshState, facts: Facts, relayings: readonly Relaying[]): readonly Route[] {
  const { host, peers, pairs } = mesh;
  const planeRoutes = peers.flatMap((peer) => peer.planeRoutes.map((prefix) => routeVia(prefix, peer.plane, mesh)));
  const barred = [host.ipv4Prefix, host.ipv6Prefix].map((destination): Route => ({ table: mainTable, destination }));
  const onward = relayings.flatMap((relaying) => {
    const { table, link } = relaying;
    return passedOnPrefixes(mesh, relaying, facts).map((destination): Route => ({ table, destination, link }));
  });
  const carried = pairs.flatMap((pair) => pairRoutes(pair, mesh, facts));
  const routes = [...barred, ...planeRoutes, ...carried, ...onward, ...tunnelGround(mesh)];
  const keyOf = ({ table, destination, metric }: Route) => `${table} ${destination} ${metric ?? ""}`;
  return [...new Map(routes.map((route) => [keyOf(route), route])).values()];
}

/**
 * A pair always has routes, by its most preferred path until another is chosen: its packets wait in WireGuard for a
 * handshake instead of leaving the host in the clear.
 */
export function pairRoutes(
  pair: PairObject,
  mesh: MeshState,
  facts: Pick<Facts, "planeOf" | "mtuOf" | "routerOf">,
): readonly Route[] {
  const plane = chosenPlane(pair, facts);
  if (plane === undefined) return [];
  const mtu = facts.mtuOf?.(pair.host, plane);
  const via = (prefix: string): Route => ({ ...routeVia(prefix, plane, mesh), ...(mtu !== undefined && { mtu }) });
  const behind = mesh.subnets.filter((subnet) => subnet.own && routerOf(subnet, facts) === pair.host);
  const passesThirdHost = pair.paths.some((path) => path.plane === plane && path.via !== undefined);
  const internet = passesThirdHost ? [] : tunnelTargets(pair, mesh, facts);
  return [
    ...pair.prefixes.map(via),
    ...behind.map(({ prefix }): Route => ({ ...via(prefix), metric: subnetMetric })),
    ...internet.map((destination): Route => ({ ...via(destination), table: tunnelTable })),
  ];
}

function routeVia(destination: string, link: PlaneName, { host }: MeshState): Route {
  return { table: mainTable, destination, link, source: familyOf(destination) === 4 ? host.ipv4 : host.ipv6 };
}

function chosenPlane(pair: PairObject, facts: Pick<Facts, "planeOf">): PlaneName | undefined {
  const chosen = facts.planeOf(pair.host);
  return pair.paths.some((path) => path.plane === chosen) ? chosen : pair.paths[0]?.plane;
}

/** What is behind this relay itself, because it is a router too, is not passed on while its packets are for it. */
function passedOnPrefixes({ host, subnets }: MeshState, { link, spokes }: Relaying, facts: Facts): readonly string[] {
  const lists = new Set([...crossingsOf(spokes)].flatMap(({ aPrefixes, bPrefixes }) => [aPrefixes, bPrefixes]));
  const leads = (router: string | undefined) =>
    link === "pwr" ? router !== host.name : spokes.some((spoke) => spoke.host === router);
  const carried = subnets.filter((subnet) => subnet.passed && leads(routerOf(subnet, facts)));
  return [...new Set([...[...lists].flat(), ...carried.map(({ prefix }) => prefix)])].sort();
}
