// Spokes that a relay has to forget. WireGuard refuses a handshake that is older than the last one it knows of, so that a host
// whose clock was set back is refused until its clock has caught up; a relay sends nothing of its own, so that it would not
// shake hands from its side either. Once a spoke's session is over, nothing is lost by adding it anew. What WireGuard forgets
// with that would have kept an old handshake from being played to it again: of spokes that are silent, and once each time.
import type { Clock } from "../../lib/clock.ts";
import { anew } from "../overlay/diff-peers.ts";
import type { Actual, Change, PeerState } from "../overlay/model.ts";

/** Changes for the peers that are to be added anew now; asked at each pass. */
export type Lapses = (actual: Actual) => readonly Change[];

interface Handshake {
  readonly atSeconds: number;
  /** When it was, monotonic ms. */
  readonly since: number;
}

const link = "pwr";
/** No session lives longer (the WireGuard paper, REJECT_AFTER_TIME). */
const sessionMs = 180_000;
/** A handshake that is seen for the first time was at most so long ago, whatever the clock says. */
const mostUnseenMs = 6_000;

export function createLapses({ now, monotonic }: Pick<Clock, "now" | "monotonic">): Lapses {
  let known: ReadonlyMap<string, Handshake> = new Map();

  const handshakeOf = ({ publicKey, handshakeAtSeconds: atSeconds }: PeerState): Handshake => {
    const before = known.get(publicKey);
    if (before?.atSeconds === atSeconds) return before;
    const unseenMs = Math.min(mostUnseenMs, Math.max(0, now() - atSeconds * 1000));
    return { atSeconds, since: monotonic() - unseenMs };
  };

  return (actual) => {
    // One without a handshake has nothing that could be forgotten.
    const peers = (actual.links.get(link)?.device?.peers ?? []).filter((peer) => peer.handshakeAtSeconds > 0);
    known = new Map(peers.map((peer) => [peer.publicKey, handshakeOf(peer)]));
    return peers
      .filter(({ publicKey }) => monotonic() - known.get(publicKey)!.since > sessionMs)
      .map((peer) => ({ kind: "wg", link, words: anew(peer) }));
  };
}
