// What is exchanged with each peer, told from one look at the machine to the next: packets, handshakes that failed, keys that
// changed. The kernel's counts begin anew when a table or a peer is made anew; what is told here never goes back.
import type { MeshState, PlaneName } from "../../wire/mesh.ts";
import type { Way } from "../overlay/firewall.ts";
import type { Actual, Counted, PeerState } from "../overlay/model.ts";
import type { Tally } from "./tally.ts";

export interface ExchangeOptions {
  readonly tally: Pick<Tally, "exchanged" | "handshakesFailed" | "keyChanged">;
  /** Handshakes with a peer fail that did not before. */
  readonly onFailing?: (host: string, plane: PlaneName) => void;
  /** Unix ms. */
  readonly now: () => number;
}

export interface Exchange {
  readonly look: (mesh: MeshState, actual: Actual) => void;
}

/** A session ends after this (the WireGuard paper, REJECT_AFTER_TIME). */
const sessionSeconds = 180;
/** A handshake's first message on the wire (the paper, 5.4.2): without a session a peer is sent nothing else. */
const initiationBytes = 148;

const nothing: Counted = { packets: 0, bytes: 0 };

export function createExchange({ tally, onFailing = () => {}, now }: ExchangeOptions): Exchange {
  let counted = new Map<string, Counted>();
  let states = new Map<string, PeerState & { readonly isFailing: boolean }>();
  let keys = new Map<string, string>();

  function lookAtTraffic({ pairs }: MeshState, { traffic }: Actual): void {
    if (traffic === undefined) return;
    const seen = new Map<string, Counted>();
    for (const { host, prefixes } of pairs) {
      for (const address of prefixes.map((prefix) => prefix.replace(/\/\d+$/, ""))) {
        for (const way of ["received", "sent"] as const) {
          const present = traffic[way].get(address) ?? nothing;
          tell(host, way, counted.get(`${way} ${address}`) ?? nothing, present);
          seen.set(`${way} ${address}`, present);
        }
      }
    }
    counted = seen;
  }

  function tell(host: string, way: Way, before: Counted, present: Counted): void {
    const since = present.packets < before.packets ? nothing : before;
    tally.exchanged(host, way, present.packets - since.packets, present.bytes - since.bytes);
  }

  function lookAtPeers({ peers }: MeshState, { links }: Actual): void {
    const [seen, held] = [new Map<string, PeerState & { readonly isFailing: boolean }>(), new Map<string, string>()];
    for (const { host, plane, publicKey } of peers) {
      const name = `${plane} ${host}`;
      const known = keys.get(name);
      if (known !== undefined && known !== publicKey) tally.keyChanged(host, plane);
      held.set(name, publicKey);
      const state = links.get(plane)?.device?.peers.find((one) => one.publicKey === publicKey);
      if (state === undefined) continue;
      const before = states.get(publicKey);
      const failed = before === undefined ? 0 : initiationsIn(before, state);
      if (failed > 0) tally.handshakesFailed(host, plane, failed);
      if (failed > 0 && before?.isFailing === false) onFailing(host, plane);
      seen.set(publicKey, { ...state, isFailing: failed > 0 || (before?.isFailing === true && !hasSession(state)) });
    }
    [states, keys] = [seen, held];
  }

  const hasSession = ({ handshakeAtSeconds }: PeerState) => now() / 1000 - handshakeAtSeconds < sessionSeconds;

  /** Messages that began a handshake which nobody answered. */
  function initiationsIn(before: PeerState, present: PeerState): number {
    if (present.handshakeAtSeconds > before.handshakeAtSeconds || hasSession(before)) return 0;
    const sent = present.txBytes < before.txBytes ? present.txBytes : present.txBytes - before.txBytes;
    return Math.round(sent / initiationBytes);
  }

  return {
    look(mesh, actual) {
      lookAtTraffic(mesh, actual);
      lookAtPeers(mesh, actual);
    },
  };
}
