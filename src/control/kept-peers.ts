// What a host said of its peers, kept where it lies: every few seconds it says the same with other numbers, and a hundred
// thousand new objects each time would cost more to collect than to write to.
import type { AgentStatus, HostStatus, PeerStatus } from "../wire/stream.ts";

type Amounts = Pick<PeerStatus, "roundTripMs" | "handshakeAgeSeconds" | "rxBytes" | "txBytes">;
type Kept = { -readonly [Key in keyof Amounts]: Amounts[Key] };

/** The status; where the one before it named the same peers, in that one's list, which says the new things from now on. */
export function withKeptPeers<Status extends HostStatus>(before: AgentStatus | undefined, status: Status): Status {
  if (status.program !== "agent" || before === undefined) return status;
  const [kept, now] = [before.peers as PeerStatus[], status.peers];
  if (kept.length !== now.length || !now.every(({ host }, index) => kept[index]!.host === host)) return status;
  for (const [index, peer] of now.entries()) {
    if (differInAmounts(kept[index]!, peer)) write(peer, kept[index] as Kept);
    else kept[index] = peer;
  }
  return { ...status, peers: kept };
}

/** Whether nothing is another but amounts that both tell. */
function differInAmounts(a: PeerStatus, b: PeerStatus): boolean {
  const hasLists = a.tried ?? b.tried ?? a.proven ?? b.proven;
  if (hasLists !== undefined || a.online !== b.online || a.mtu !== b.mtu) return false;
  if (a.heard !== b.heard || a.plane !== b.plane) return false;
  if ((a.roundTripMs === undefined) !== (b.roundTripMs === undefined)) return false;
  if ((a.handshakeAgeSeconds === undefined) !== (b.handshakeAgeSeconds === undefined)) return false;
  return isSamePath(a.path, b.path);
}

function isSamePath(a: PeerStatus["path"], b: PeerStatus["path"]): boolean {
  return a?.kind === b?.kind && a?.plane === b?.plane && a?.via === b?.via;
}

function write({ roundTripMs, handshakeAgeSeconds, rxBytes, txBytes }: Amounts, into: Kept): void {
  if (roundTripMs !== undefined) into.roundTripMs = roundTripMs;
  if (handshakeAgeSeconds !== undefined) into.handshakeAgeSeconds = handshakeAgeSeconds;
  into.rxBytes = rxBytes;
  into.txBytes = txBytes;
}
