// Has WireGuard greet a peer anew, at an endpoint that may or may not be its own. A peer's next handshake comes five seconds
// after the last that was not answered, so that it is removed and added in one command: a session that answers is never
// touched.
import type { Clock } from "../../lib/clock.ts";
import { change, type Exec } from "../../lib/exec.ts";
import type { PeerObject } from "../../wire/mesh.ts";
import { anew } from "../overlay/diff-peers.ts";
import type { PeerState } from "../overlay/model.ts";
import { readDevice } from "../wireguard/wireguard.ts";

export interface Greeter {
  /** Where the peer's packets come from; undefined: it was not heard from. What is known may be a moment old. */
  readonly endpointOf: (link: string, publicKey: string) => Promise<string | undefined>;
  /** Nothing comes from the peer, neither by a program of it nor by its kernel: what is done to its tunnel costs nothing. */
  readonly isSilent: (peer: PeerObject) => Promise<boolean>;
  /** False: the peer has just shaken hands or its packets come in, or it could not be done. Without an endpoint it is left in peace. */
  readonly greet: (peer: PeerObject, endpoint: string | undefined) => Promise<boolean>;
  /** Greets every peer of an interface anew where it is: this host's own address is another one. */
  readonly greetAll: (link: string) => Promise<void>;
  /** The same of those that never shook hands. */
  readonly greetStrangers: (link: string) => Promise<void>;
  /** Gives the peer's interface another port, and with it another mapping in a NAT; false as `greet`. */
  readonly rebind: (peer: PeerObject) => Promise<boolean>;
}

/** A handshake is the proof that an endpoint is right; the probes that follow it need a moment. */
const freshSeconds = 4;
/** A session ends after this (the WireGuard paper, REJECT_AFTER_TIME). */
const sessionSeconds = 180;
/** Longer than the second between two probes of a path: each has an answer, if only that nobody listens there. */
const [listenMs, lookMs] = [1_500, 250];
const memoryMs = 500;

export function createGreeter(
  exec: Exec,
  announce: (command: string) => void,
  clock: Pick<Clock, "now" | "monotonic" | "sleep">,
): Greeter {
  const read = new Map<string, { readonly at: number; readonly device: ReturnType<typeof readDevice> }>();
  /** A `wg` that hangs is reported by the next pass. */
  const readNow = (link: string) => readDevice(exec, link).catch(() => undefined);
  const deviceOf = (link: string) => {
    const known = read.get(link);
    if (known !== undefined && clock.monotonic() - known.at < memoryMs) return known.device;
    const device = readNow(link);
    read.set(link, { at: clock.monotonic(), device });
    return device;
  };
  const set = (link: string, words: readonly string[]) =>
    change(exec, announce, "wg", ["set", link, ...words], { timeoutMs: 5_000 }).then(
      () => true,
      () => false, // the next pass tells what is wrong with the interface
    );
  const peerOf = async (device: ReturnType<typeof readDevice>, publicKey: string) =>
    (await device)?.peers.find((peer) => peer.publicKey === publicKey);

  /** The other end sends although none of its programs answers: its tunnels outlive its agent. */
  const carries = async (plane: string, { publicKey, rxBytes }: PeerState) => {
    for (let listenedMs = 0; listenedMs < listenMs; listenedMs += lookMs) {
      await clock.sleep(lookMs);
      if (((await peerOf(readNow(plane), publicKey))?.rxBytes ?? 0) > rxBytes) return true;
    }
    return false;
  };

  const wallAtZero = clock.now() - clock.monotonic();
  /**
   * Its session is not over, by the wall clock or by the time that passed: a clock that is set ahead ends none. Where a clock that was far
   * behind has been set right since, the time that passed says nothing.
   */
  const mayLive = ({ handshakeAtSeconds }: PeerState) => {
    const passedSeconds = (wallAtZero + clock.monotonic()) / 1000 - handshakeAtSeconds;
    const byPassed = passedSeconds > -freshSeconds && passedSeconds < sessionSeconds;
    return byPassed || clock.now() / 1000 - handshakeAtSeconds < sessionSeconds;
  };

  /** Its tunnel works, whether or not a program of it answers. */
  const isHeard = async ({ plane, publicKey }: PeerObject) => {
    const state = await peerOf(readNow(plane), publicKey);
    if (state === undefined) return undefined;
    const ageSeconds = clock.now() / 1000 - state.handshakeAtSeconds;
    // A handshake in the future was before the clock was set back: how old it is, nobody knows.
    const isFresh = ageSeconds < freshSeconds && ageSeconds > -freshSeconds;
    return isFresh || (mayLive(state) && (await carries(plane, state)));
  };

  const greetThose = async (link: string, isMeant: (peer: PeerState) => boolean) => {
    const peers = (await readNow(link))?.peers.filter((peer) => peer.endpoint !== undefined && isMeant(peer)) ?? [];
    if (peers.length > 0) await set(link, peers.flatMap(anew));
  };
  const isSilent = async (peer: PeerObject) => (await isHeard(peer)) === false;

  return {
    isSilent,
    endpointOf: async (link, publicKey) => (await peerOf(deviceOf(link), publicKey))?.endpoint,
    async greet(peer, endpoint) {
      if (!(await isSilent(peer))) return false;
      const { plane, publicKey, keepaliveSeconds, allowedIps } = peer;
      return set(plane, anew({ publicKey, keepaliveSeconds, allowedIps, ...(endpoint && { endpoint }) }));
    },
    greetAll: (link) => greetThose(link, () => true),
    greetStrangers: (link) => greetThose(link, ({ handshakeAtSeconds }) => handshakeAtSeconds === 0),
    rebind: async (peer) => (await isSilent(peer)) && set(peer.plane, ["listen-port", "0"]),
  };
}
