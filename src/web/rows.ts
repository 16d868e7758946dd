// What the tables say, from what the API answers.
import type { HostDetail } from "../wire/api.ts";
import type { PeerStatus } from "../wire/stream.ts";

export interface HostRow {
  readonly name: string;
  readonly address: string;
  readonly state: "online" | "offline" | "noPeers" | "notJoined";
  readonly kind: string;
  readonly path: string;
  readonly roundTrip: string;
  readonly peers: string;
}

export function hostRow(host: HostDetail): HostRow {
  const peers = host.agent?.peers ?? [];
  const online = peers.filter((peer) => peer.online);
  const best = online.toSorted((a, b) => (a.roundTripMs ?? Infinity) - (b.roundTripMs ?? Infinity))[0];
  return {
    name: host.name,
    address: host.ipv4,
    state: stateOf(host),
    kind: [...host.roles, ...host.tags].join(", "),
    path: best ? pathText(best) : "–",
    roundTrip: best?.roundTripMs === undefined ? "–" : `${best.roundTripMs.toFixed(1)} ms`,
    peers: peers.length === 0 ? "–" : `${online.length} of ${peers.length}`,
  };
}

/** A host without peers has no tunnel that could prove it online. */
function stateOf(host: HostDetail): HostRow["state"] {
  if (!host.joined) return "notJoined";
  if (host.online) return "online";
  return host.connected && host.agent?.peers.length === 0 ? "noPeers" : "offline";
}

function pathText(peer: PeerStatus): string {
  if (!peer.path) return "–";
  return `${peer.path.via === undefined ? peer.path.kind : `relay ${peer.path.via}`} to ${peer.host}`;
}

/** `12:34:56` in the reader's own time zone. */
export function clockTime(iso: string): string {
  return new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
