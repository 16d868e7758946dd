// From the mesh state that control sent, and facts of this host, to what its kernel should hold.
import { hostPrefix } from "../../net/prefix.ts";
import {
  crossingsOf,
  type MeshState,
  type PairObject,
  type PeerObject,
  type PlaneName,
  type PlaneObject,
} from "../../wire/mesh.ts";
import { firewallText } from "./firewall.ts";
import { familyOf, type Link, mainTable, type Overlay, type Peer, type Route, type Rule, relayTable } from "./model.ts";

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
  /** Whether a rule's time is over. */
  readonly isOver?: (untilMs: number) => boolean;
  /** The literal address of an endpoint, if its name is resolved. */
  readonly resolve: (endpoint: string) => string | undefined;
}

export function overlayOf(mesh: MeshState, facts: Facts): Overlay {
  const relayLink = mesh.planes.find((plane) => plane.name === "pwr")?.name;
  return {
    links: mesh.planes.map((plane) => linkOf(plane, mesh, facts)),
    peers: mesh.peers.map((peer) => peerOf(peer, facts)),
    routes: routesOf(mesh, facts, relayLink),
    rules: relayLink === undefined ? [] : ([4, 6] as const).map((family): Rule => ({ family, link: relayLink })),
    firewall: firewallText(mesh, facts.isOver),
    ...(relayLink !== undefined && { relayLink }),
  };
}

function linkOf(plane: PlaneObject, { host }: MeshState, facts: Facts): Link {
  const key = facts.keyOf(plane);
  if (key === undefined) throw new Error(`this host has no key ${plane.generation ?? 1} for ${plane.name}`);
  // The overlay's IPv4 address is on all: what arrives on an interface without one passes reverse-path filtering only if
  // the way back is by that very interface, and here it may be by another.
  const overlayAddresses = plane.name === "pw0" ? [host.ipv4, host.ipv6] : [host.ipv4];
  return {
    name: plane.name,
    listenPort: plane.listenPort,
    mtu: facts.linkMtu?.(plane) ?? plane.mtu,
    addresses: [...overlayAddresses, plane.probeAddress].map((address) => hostPrefix(address)!).sort(),
    publicKey: key.publicKey,
    keyFile: key.file,
  };
}

function peerOf(peer: PeerObject, facts: Facts): Peer {
  const endpoint = peer.endpoint === undefined ? undefined : facts.resolve(peer.endpoint);
  return {
    link: peer.plane,
    publicKey: peer.publicKey,
    ...(endpoint !== undefined && { endpoint }),
    keepaliveSeconds: peer.keepaliveSeconds,
    allowedIps: [...peer.allowedIps].sort(),
  };
}

/** One route for each destination and table. Those that no pair or plane has lead nowhere, least of all out of the host. */
function routesOf(mesh: MeshState, facts: Facts, relayLink: PlaneName | undefined): readonly Route[] {
  const { host, peers, pairs } = mesh;
  const planeRoutes = peers.flatMap((peer) => peer.planeRoutes.map((prefix) => routeVia(prefix, peer.plane, mesh)));
  const barred = [host.ipv4Prefix, host.ipv6Prefix].map((destination): Route => ({ table: mainTable, destination }));
  const passedOn = relayLink === undefined ? [] : passedOnPrefixes(mesh);
  const onward = passedOn.map((destination): Route => ({ table: relayTable, destination, link: relayLink! }));
  const routes = [...barred, ...planeRoutes, ...pairs.flatMap((pair) => pairRoutes(pair, mesh, facts)), ...onward];
  return [...new Map(routes.map((route) => [`${route.table} ${route.destination}`, route])).values()];
}

/**
 * A pair always has routes, by its most preferred path until another is chosen: its packets wait in WireGuard for a
 * handshake instead of leaving the host in the clear.
 */
export function pairRoutes(
  pair: PairObject,
  mesh: MeshState,
  facts: Pick<Facts, "planeOf" | "mtuOf">,
): readonly Route[] {
  const plane = chosenPlane(pair, facts);
  if (plane === undefined) return [];
  const mtu = facts.mtuOf?.(pair.host, plane);
  return pair.prefixes.map((prefix) => ({ ...routeVia(prefix, plane, mesh), ...(mtu !== undefined && { mtu }) }));
}

function routeVia(destination: string, link: PlaneName, { host }: MeshState): Route {
  return { table: mainTable, destination, link, source: familyOf(destination) === 4 ? host.ipv4 : host.ipv6 };
}

function chosenPlane(pair: PairObject, facts: Pick<Facts, "planeOf">): PlaneName | undefined {
  const chosen = facts.planeOf(pair.host);
  return pair.paths.some((path) => path.plane === chosen) ? chosen : pair.paths[0]?.plane;
}

function passedOnPrefixes({ forwards }: MeshState): readonly string[] {
  const lists = new Set([...crossingsOf(forwards)].flatMap(({ aPrefixes, bPrefixes }) => [aPrefixes, bPrefixes]));
  return [...new Set([...lists].flat())].sort();
}
