// What the agent tells control about itself. Pure.
import { capability } from "../wire/capability.ts";
import type { MeshState, PairObject } from "../wire/mesh.ts";
import type { OwnNetwork } from "../wire/networks.ts";
import type { AgentStatus, HeldRemoval, HostEvent, HostKey, PeerStatus, RouterStatus } from "../wire/stream.ts";
import type { Warning } from "../wire/warnings.ts";
import type { Meter } from "./mtu/meter.ts";
import type { Actual, PeerState } from "./overlay/model.ts";
import type { PairReach, Prober } from "./paths/prober.ts";
import { planeInUse } from "./reconcile.ts";
import type { Legs } from "./repair/legs.ts";

export interface StatusFacts {
  readonly version: string;
  readonly revision: number;
  readonly wireguard: AgentStatus["wireguard"];
  readonly mesh?: MeshState;
  /** As it was read last. */
  readonly actual?: Actual;
  readonly reach: (host: string) => PairReach | undefined;
  readonly leg?: Prober["leg"];
  /** What was measured of a path. */
  readonly mtuOf?: Meter["measured"];
  /** What was tried for a pair that has no direct way, and for a relay that does not answer. */
  readonly tried?: { readonly pair: (host: string) => readonly string[]; readonly leg: Legs["tried"] };
  readonly routers?: readonly RouterStatus[];
  readonly events?: readonly HostEvent[];
  readonly held?: HeldRemoval;
  /** Of the objects in force. */
  readonly digest?: string;
  /** Those that control asked for. */
  readonly keys?: readonly HostKey[];
  readonly error?: string;
  readonly warnings?: readonly Warning[];
  /** Of the machine's own. */
  readonly networks?: readonly OwnNetwork[];
  readonly nowMs: number;
}

const maxErrorLength = 500;
/** A session ends after this without a new handshake (the WireGuard paper, REJECT_AFTER_TIME). */
const sessionSeconds = 180;

export function agentStatus(facts: StatusFacts): AgentStatus {
  const { version, revision, wireguard, events = [], held, error, warnings = [], mesh, digest, keys = [] } = facts;
  return {
    program: "agent",
    capability,
    version,
    revision,
    wireguard,
    ...(digest !== undefined && { digest }),
    ...(keys.length > 0 && { keys }),
    peers: mesh === undefined ? [] : mesh.pairs.map((pair) => peerStatus(pair, mesh, facts)),
    ...(mesh && relaysOf(mesh, facts)),
    ...(facts.routers && facts.routers.length > 0 && { routers: facts.routers }),
    ...(events.length > 0 && { events }),
    ...(held !== undefined && { held }),
    ...(error !== undefined && { error: error.slice(0, maxErrorLength) }),
    ...(warnings.length > 0 && { warnings }),
    ...(facts.networks && facts.networks.length > 0 && { networks: facts.networks }),
    clockMs: facts.nowMs,
  };
}

function peerStatus(pair: PairObject, mesh: MeshState, facts: StatusFacts): PeerStatus {
  const reach = facts.reach(pair.host);
  const handshake = handshakeAge(reach, pair, mesh, facts);
  const plane = pair.tell && settledPlane(pair, reach, facts);
  const own = statesOf(mesh, facts, (peer) => peer.host === pair.host);
  const mtu = reach?.proven ? facts.mtuOf?.(pair.host, reach.path) : undefined;
  return {
    host: pair.host,
    ...(reach?.proven && { path: pathOf(reach) }),
    online: reach?.proven === true,
    ...(reach?.proven && reach.roundTripMs !== undefined && { roundTripMs: round(reach.roundTripMs) }),
    ...(mtu !== undefined && { mtu }),
    ...(handshake !== undefined && { handshakeAgeSeconds: handshake }),
    // What goes through a third host is counted there as the relay's: here is what was exchanged with the peer itself.
    rxBytes: sum(own.map((state) => state.rxBytes)),
    txBytes: sum(own.map((state) => state.txBytes)),
    ...triedOf(facts.tried?.pair(pair.host)),
    ...(own.some((state) => facts.nowMs / 1000 - state.handshakeAtSeconds < sessionSeconds) && { heard: true }),
    ...(plane !== undefined && { plane }),
    ...(pair.tell && { proven: reach?.steadyPlanes ?? [] }),
  };
}

function relaysOf({ planes }: MeshState, { leg, tried }: StatusFacts): Pick<AgentStatus, "relays"> {
  const relays = planes.flatMap(({ name, relay }) => {
    const reach = leg?.(name);
    if (relay === undefined || reach === undefined) return [];
    const { proven, roundTripMs } = reach;
    const measured = proven && roundTripMs !== undefined ? { roundTripMs: round(roundTripMs) } : {};
    return [{ host: relay, plane: name, online: proven, ...measured, ...(proven ? {} : triedOf(tried?.leg(name))) }];
  });
  return relays.length > 0 ? { relays } : {};
}

const triedOf = (tried: readonly string[] = []) => (tried.length > 0 ? { tried } : {});

function pathOf({ path: { kind, plane, via } }: PairReach) {
  return { kind, plane, ...(via !== undefined && { via }) };
}

/** Where packets go; undefined while a move is under way. */
function settledPlane(pair: PairObject, reach: PairReach | undefined, { actual }: StatusFacts): string | undefined {
  const plane = actual && planeInUse(pair, actual);
  return plane === reach?.path.plane ? plane : undefined;
}

/** Of the WireGuard peer that the pair's packets go to: the other end, or the relay. */
function handshakeAge(reach: PairReach | undefined, pair: PairObject, mesh: MeshState, facts: StatusFacts) {
  if (reach === undefined) return undefined;
  const next = reach.path.via ?? pair.host;
  const [state] = statesOf(mesh, facts, (peer) => peer.plane === reach.path.plane && peer.host === next);
  if (state === undefined || state.handshakeAtSeconds === 0) return undefined;
  return Math.max(0, Math.round(facts.nowMs / 1000 - state.handshakeAtSeconds));
}

function statesOf(
  mesh: MeshState,
  { actual }: StatusFacts,
  concerns: (peer: MeshState["peers"][number]) => boolean,
): readonly PeerState[] {
  return mesh.peers.filter(concerns).flatMap((peer) => {
    const device = actual?.links.get(peer.plane)?.device;
    return device?.peers.find((state) => state.publicKey === peer.publicKey) ?? [];
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
const round = (ms: number) => Math.round(ms * 100) / 100;
