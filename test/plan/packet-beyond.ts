// The same for addresses that are no host's: routes and peers are those that agents make of the compiled state, with every host at
// its first choice.
import { overlayOf } from "../../src/agent/overlay/desired.ts";
import { mainTable, type Overlay, tunnelTable } from "../../src/agent/overlay/model.ts";
import { isInternet } from "../../src/net/internet.ts";
import { parsePrefix, parsePrefixOrAddress, prefixCovers } from "../../src/net/prefix.ts";
import { allows } from "../../src/plan/allowances.ts";
import type { MeshState, PlaneName } from "../../src/wire/mesh.ts";
import type { Fate, Network, Packet } from "./packet.ts";

/** Sends from a host to an address behind another one or in the internet; the host that leads there takes it. */
export function sendBeyond(network: Network, from: string, packet: Packet): Fate {
  const state = network.states.get(from);
  const link = state && linkTo(overlayIn(network, state), packet.destination);
  if (link === undefined) return { dropped: `${from} has no route to ${packet.destination}` };
  return cross(network, from, link, packet);
}

/** From one host to the next: the one that leads there, or a relay before it. */
function cross(network: Network, from: string, plane: string, packet: Packet): Fate {
  const { peers } = overlayIn(network, network.states.get(from)!);
  const peer = longest(
    peers.filter(({ link }) => link === plane),
    packet.destination,
    ({ allowedIps }) => allowedIps,
  );
  const end = peer && network.ownerOfKey.get(peer.publicKey);
  const next = end && network.states.get(end.host);
  if (!end || !next) return { dropped: `${plane} of ${from} leads nowhere for ${packet.destination}` };
  const isFrom = (key: string) => {
    const owner = network.ownerOfKey.get(key);
    return owner?.host === from && owner.plane === plane;
  };
  const back = overlayIn(network, next).peers.find((one) => one.link === end.plane && isFrom(one.publicKey));
  if (!back || !covers(back.allowedIps, packet.source))
    return { dropped: `${end.host} expects no ${packet.source} from there` };
  if (leadsOn(next, packet)) return { takenBy: end.host };
  const isPassed = next.subnets.some(
    ({ prefix, passed }) => passed?.includes(from) && covers([prefix], packet.destination),
  );
  if (end.plane === "pwr" && plane !== "pwr" && isPassed) return cross(network, end.host, "pwr", packet);
  return { dropped: `the firewall of ${end.host}` };
}

function leadsOn({ onward, outward, host }: MeshState, { source, destination, protocol, port }: Packet): boolean {
  const isOut = isInternet(prefixOf(destination)) && !covers([host.ipv4Prefix, host.ipv6Prefix], destination);
  const lists = [
    ...onward
      .filter(({ from }) => covers(from, source))
      .flatMap(({ to }) => to.filter(({ prefix }) => covers([prefix], destination)).map(({ allow }) => allow)),
    ...outward.filter(({ from }) => isOut && covers(from, source)).map(({ allow }) => allow),
  ];
  return lists.some((allow) => allows(allow, protocol, port));
}

/** By the tables as the kernel asks them: the main one without its default route, then the tunnel's. */
function linkTo({ routes }: Overlay, destination: string): string | undefined {
  for (const table of [mainTable, tunnelTable]) {
    const ofTable = routes
      .filter((route) => route.table === table)
      .toSorted((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
    const route = longest(ofTable, destination, (one) => [one.destination]);
    if (route !== undefined && !route.isThrown) return route.link;
  }
  return undefined;
}

const overlays = new WeakMap<MeshState, Overlay>();

function overlayIn(network: Network, state: MeshState): Overlay {
  const known = overlays.get(state) ?? overlayFrom(network, state);
  overlays.set(state, known);
  return known;
}

function overlayFrom({ ownerOfKey }: Network, state: MeshState): Overlay {
  const keyOf = (plane: PlaneName) =>
    [...ownerOfKey].find(([, owner]) => owner.host === state.host.name && owner.plane === plane)?.[0];
  return overlayOf(state, {
    keyOf: ({ name }) => ({ publicKey: keyOf(name)!, file: "-" }),
    planeOf: (host) => planeTo(state, host),
    resolve: (endpoint) => endpoint,
  });
}

/** The first path; to an exit one that passes no third host, which two hosts behind NAT have found meanwhile. */
function planeTo({ pairs, tunnel }: MeshState, host: string): PlaneName | undefined {
  const paths = pairs.find((pair) => pair.host === host)?.paths ?? [];
  const isExit = tunnel !== undefined && [...tunnel.exits, ...tunnel.exits6].includes(host);
  return (isExit ? paths.find(({ via, probesOnly }) => via === undefined && !probesOnly) : paths[0])?.plane;
}

const prefixOf = (text: string) => parsePrefixOrAddress(text)!;
const covers = (prefixes: readonly string[], address: string) =>
  prefixes.some((prefix) => prefixCovers(parsePrefix(prefix)!, prefixOf(address)));

/** The first of those with the longest prefix around the address. */
function longest<T>(all: readonly T[], address: string, prefixesOf: (one: T) => readonly string[]): T | undefined {
  const lengthOf = (one: T) =>
    Math.max(-1, ...prefixesOf(one).map((text) => (covers([text], address) ? parsePrefix(text)!.length : -1)));
  const lengths = all.map(lengthOf);
  const most = Math.max(-1, ...lengths);
  return most < 0 ? undefined : all[lengths.indexOf(most)];
}
