// A small network that runs on compiled state alone: it carries packets as WireGuard, the routes and the firewalls would.
import type { Compiled } from "../../src/plan/compiled.ts";
import type { Observed } from "../../src/plan/observed.ts";
import {
  bypassForwards,
  crossingsOf,
  type MeshState,
  meshFromObjects,
  type PeerObject,
  type PlaneName,
} from "../../src/wire/mesh.ts";

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port?: number;
}

export interface Network {
  readonly states: ReadonlyMap<string, MeshState>;
  /** Which host and plane a public key belongs to. */
  readonly ownerOfKey: ReadonlyMap<string, { readonly host: string; readonly plane: string }>;
}

/** The host that takes the packet in, or why it went nowhere. */
export type Fate = { readonly takenBy: string } | { readonly dropped: string };

export function networkOf(compiled: Compiled, observed: Observed): Network {
  const owners = Object.entries(observed.hosts).flatMap(([host, { keys }]) =>
    Object.entries(keys).map(([plane, key]) => [key, { host, plane }] as const),
  );
  const steps = observed.rotation?.active ?? [];
  const bypasses = steps.flatMap(({ bypass }) => Object.entries(bypass));
  return {
    states: new Map(Object.entries(compiled.hosts).map(([name, { mesh }]) => [name, meshFromObjects(mesh)!])),
    ownerOfKey: new Map([...owners, ...bypasses.map(([host, key]) => [key, { host, plane: "pwx" }] as const)]),
  };
}

/** Sends from a host by one of its planes. */
export function send(network: Network, from: string, plane: PlaneName, packet: Packet): Fate {
  const sender = network.states.get(from)!;
  const peers = sender.peers.filter((peer) => peer.plane === plane && holds(peer.allowedIps, packet.destination));
  if (peers.length !== 1) return { dropped: `${peers.length} peers of ${from} on ${plane} for ${packet.destination}` };
  const target = network.ownerOfKey.get(peers[0]!.publicKey);
  const receiver = target && network.states.get(target.host);
  const entry = receiver?.peers.find((peer) => peer.plane === target!.plane && isKeyOf(network, peer, from, plane));
  if (!target || !receiver || !entry) return { dropped: `${peers[0]!.host} does not know ${from} on ${plane}` };
  if (target.host !== peers[0]!.host) return { dropped: `${from} has a wrong key for ${peers[0]!.host}` };
  if (!peers[0]!.endpoint && !entry.endpoint && !meets(sender, target.host))
    return { dropped: `neither ${from} nor ${target.host} can begin` };
  if (!holds(entry.allowedIps, packet.source)) return { dropped: `${target.host} expects no ${packet.source} there` };
  return arrive(network, receiver, target.plane as PlaneName, packet);
}

/** Behind NAT both, they tell each other by way of a relay where they are. */
function meets({ pairs }: MeshState, other: string): boolean {
  return pairs.some(({ host, paths }) => host === other && paths.some(({ via }) => via !== undefined));
}

/** Sends an answer by the route that the host has for one plane's probe addresses. */
export function sendByPlaneRoute(network: Network, from: string, packet: Packet): Fate {
  const routes = network.states.get(from)!.peers.filter((peer) => holds(peer.planeRoutes, packet.destination));
  if (routes.length !== 1) return { dropped: `${from} has ${routes.length} routes to ${packet.destination}` };
  return send(network, from, routes[0]!.plane, packet);
}

function arrive(network: Network, host: MeshState, plane: PlaneName, packet: Packet): Fate {
  const { destination, source } = packet;
  const probes = host.planes.map(({ probeAddress }) => probeAddress);
  if (probes.includes(destination)) {
    const isProbe = packet.protocol === "udp" && packet.port === host.host.probePort;
    return isProbe ? { takenBy: host.host.name } : { dropped: `${host.host.name} answers only probes there` };
  }
  if (destination === host.host.ipv4 || destination === host.host.ipv6) {
    const allow = host.inbound.filter(({ from }) => holds(from, source)).flatMap((inbound) => inbound.allow);
    const isOpen = allow.some(
      ({ protocol, first = 0, last = 65535 }) =>
        protocol === "any" ||
        (protocol === packet.protocol && (protocol === "icmp" || (packet.port! >= first && packet.port! <= last))),
    );
    return isOpen ? { takenBy: host.host.name } : { dropped: `the firewall of ${host.host.name}` };
  }
  const spokes = plane === "pwr" ? host.forwards : plane === "pwx" ? bypassForwards(host.forwards) : [];
  const forwards = [...crossingsOf(spokes)].some(
    ({ aPrefixes, bPrefixes }) =>
      (holds(aPrefixes, source) && holds(bPrefixes, destination)) ||
      (holds(bPrefixes, source) && holds(aPrefixes, destination)),
  );
  if (!forwards) return { dropped: `${host.host.name} does not forward ${source} to ${destination}` };
  return send(network, host.host.name, plane, packet);
}

function isKeyOf(network: Network, peer: PeerObject, host: string, plane: string): boolean {
  const owner = network.ownerOfKey.get(peer.publicKey);
  return owner?.host === host && owner.plane === plane;
}

/** All prefixes of this version are single addresses. */
function holds(prefixes: readonly string[], address: string): boolean {
  return prefixes.includes(`${address}/${address.includes(":") ? 128 : 32}`);
}
