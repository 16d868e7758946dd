// Peers of one interface: each is added, changed or removed alone, so that no other one's session is touched.
import type { PlaneName } from "../../wire/mesh.ts";
import type { Change, Peer, PeerState } from "./model.ts";

/** What the diff cannot read from the kernel: where a peer was told to be, and whether it is silent there. */
export interface EndpointHistory {
  /** The endpoint that this agent gave the peer last; undefined: it gave none. */
  readonly given: (link: string, publicKey: string) => string | undefined;
  /** Where the peer was heard from last, so that one that has to be added again is greeted there at once. */
  readonly seen: (link: string, publicKey: string) => string | undefined;
  /** The peer has just fallen silent, and naming its endpoint again may help. */
  readonly isStuck: (link: string, publicKey: string) => boolean;
  /** No handshake for so long that its present endpoint leads nowhere. */
  readonly isSilent: (peer: PeerState) => boolean;
}

export function peerChanges(
  link: PlaneName,
  desired: readonly Peer[],
  present: readonly PeerState[],
  history: EndpointHistory,
): readonly Change[] {
  const wanted = new Set(desired.map((peer) => peer.publicKey));
  const states = new Map(present.map((peer) => [peer.publicKey, peer]));
  const wg = (publicKey: string, words: readonly string[]): Change => {
    return { kind: "wg", link, words: ["peer", publicKey, ...words] };
  };
  return [
    ...present.filter((peer) => !wanted.has(peer.publicKey)).map((peer) => wg(peer.publicKey, ["remove"])),
    ...desired.flatMap((peer) => {
      const words = peerWords(peer, states.get(peer.publicKey), history);
      return words.length === 0 ? [] : [wg(peer.publicKey, words)];
    }),
  ];
}

function peerWords(peer: Peer, state: PeerState | undefined, history: EndpointHistory): readonly string[] {
  const endpoint = newEndpoint(peer, state, history);
  const sameIps = state?.allowedIps.join() === peer.allowedIps.join();
  return [
    ...(endpoint === undefined ? [] : ["endpoint", endpoint]),
    ...((state?.keepaliveSeconds ?? 0) === peer.keepaliveSeconds
      ? []
      : ["persistent-keepalive", `${peer.keepaliveSeconds}`]),
    // Also an empty list has to be said: a new peer exists only once it is named with something.
    ...(sameIps ? [] : ["allowed-ips", peer.allowedIps.join(",")]),
  ];
}

/** A peer that roamed is where it says it is, as long as it answers there and was not told to be elsewhere since. */
function newEndpoint(peer: Peer, state: PeerState | undefined, history: EndpointHistory): string | undefined {
  const { endpoint, link, publicKey } = peer;
  if (state === undefined) return endpoint ?? history.seen(link, publicKey);
  if (history.isStuck(link, publicKey)) return state.endpoint ?? endpoint;
  if (endpoint === undefined || state.endpoint === endpoint) return undefined;
  const given = history.given(link, publicKey);
  const moved = given !== undefined && given !== endpoint;
  return state.endpoint === undefined || moved || history.isSilent(state) ? endpoint : undefined;
}

type Anew = Pick<PeerState, "publicKey" | "endpoint" | "keepaliveSeconds" | "allowedIps">;

/** Words that have WireGuard forget a peer, its session and what it remembers of its clock, and know it again. */
export const anew = ({ publicKey, endpoint, keepaliveSeconds, allowedIps }: Anew): readonly string[] => [
  ...["peer", publicKey, "remove", "peer", publicKey],
  ...(endpoint === undefined ? [] : ["endpoint", endpoint]),
  ...["persistent-keepalive", `${keepaliveSeconds}`, "allowed-ips", allowedIps.toSorted().join(",")],
];
