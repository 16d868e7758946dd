// Probes every path of every pair, answers the probes of others, and says which path each pair uses.
// Budget: a question and an answer of 72 bytes each, with IPv6 and UDP headers, a second for the path in use while the pair's
// packets are on their way (activity.ts) and every five for each other one that is warm; more for a moment where the answer
// decides something (schedule.ts). They are spread in time, so that those of a thousand pairs never go together.
import type { Clock } from "../../lib/clock.ts";
import type { MeshState, PairObject, PathObject, PlaneName, PlaneObject } from "../../wire/mesh.ts";
import { every } from "../every.ts";
import { answered, isProven, lostBy } from "./health.ts";
import type { Letter } from "./letter.ts";
import { openProbeSocket, type ProbeSocket } from "./probe-socket.ts";
import { isSteady } from "./schedule.ts";
import type { SizeProbe } from "./size-packet.ts";
import { decide, due, hasWay, stir, type TrackedPair, type TrackedPath, trackPair, wasAsked } from "./tracked.ts";

/** How a pair is reached now. */
export interface PairReach {
  readonly path: PathObject;
  /** A probe came back by it lately. */
  readonly proven: boolean;
  /** No probe comes back by any path, and there was time enough for it. */
  readonly isDark: boolean;
  readonly roundTripMs?: number;
  /** Planes of the paths that answer steadily. */
  readonly steadyPlanes: readonly string[];
}

export interface Prober {
  /**
   * Takes up the pairs and planes of a state; paths that stay keep what is known of them. A pair that is new begins on the
   * plane that `planeInUse` names, where an agent before this one left it, else on its most preferred path.
   */
  readonly update: (mesh: MeshState, planeInUse: (pair: PairObject) => string | undefined) => void;
  readonly reach: (host: string) => PairReach | undefined;
  /** Sends a probe by every path of a pair now, besides those that go by themselves. */
  readonly probe: (host: string) => void;
  /** How the relay at the other end of a plane is reached; undefined where the plane leads to none. */
  readonly leg: (plane: PlaneName) => { readonly proven: boolean; readonly roundTripMs?: number } | undefined;
  /** When a question last came from that probe address; monotonic ms. */
  readonly heardAt: (probeAddress: string) => number | undefined;
  /** All paths of a pair, and which of them are proven. */
  readonly paths: (host: string) => readonly { readonly path: PathObject; readonly proven: boolean }[];
  /** An answer by that plane is expected now: it is asked at once, and often for a while. */
  readonly urge: (host: string, plane: PlaneName) => void;
  /** Sends a letter from this host's probe address on a plane to that of another. */
  readonly tell: (plane: PlaneName, to: string, letter: Letter) => void;
  /** Asks a probe address, from this host's own on that plane, whether a packet of a size arrives. */
  readonly askSize: (plane: PlaneName, to: string, question: Omit<SizeProbe, "kind">) => void;
  /** Datagrams that went out by a plane. */
  readonly sentBy: (plane: PlaneName) => number;
  readonly close: () => void;
}

/** What a prober tells of as it happens. */
export interface ProbeEvents {
  /** A pair uses another path from now on. */
  readonly onMove: (host: string) => void;
  /** The same, or whether its path is proven. */
  readonly onChange: (host: string) => void;
  /** A path answers steadily that did not, or the reverse, whether it is in use or not. */
  readonly onProof: (host: string) => void;
  /** No answers come by a path any more, whether it was in use or not. */
  readonly onDark: (host: string, path: PathObject) => void;
  /** A letter came to the probe address of a plane. */
  readonly onLetter: (plane: PlaneName, from: string, letter: Letter) => void;
  /** A packet of that size arrived at a probe address that was asked. */
  readonly onSized: (plane: PlaneName, from: string, answer: SizeProbe) => void;
  readonly onAsked: (host: string, path: PathObject) => void;
  /** `wasProven`: the path answered already when it was asked, so that the time holds no wait for a handshake. */
  readonly onAnswered: (host: string, path: PathObject, roundTripMs: number, wasProven: boolean) => void;
  /** So many questions were never answered. */
  readonly onLost: (host: string, path: PathObject, count: number) => void;
}

const tickMs = 100;
/** The other end says so with each question while it is so, once a second. */
const toldMs = 3_000;
const urgeMs = 1_500;

/** `isBusy`: packets of a pair are on their way. */
export function startProber(clock: Clock, events: ProbeEvents, isBusy: (host: string) => boolean): Prober {
  const { onMove, onChange, onProof, onDark, onLetter, onSized, onAsked, onAnswered, onLost } = events;
  const sockets = new Map<string, { readonly address: string; readonly socket: ProbeSocket }>();
  const heard = new Map<string, number>();
  const sent = new Map<PlaneName, number>();
  /** Pairs whose other end has packets for this one, by its probe addresses, and until when. */
  const byProbe = new Map<string, string>();
  const toldUntil = new Map<string, number>();
  const byNonce = new Map<bigint, { readonly pair: TrackedPair; readonly tracked: TrackedPath }>();
  let pairs = new Map<string, TrackedPair>();
  /** The relays themselves, by plane: followed like pairs of one path, and told to nobody. */
  let legs = new Map<PlaneName, TrackedPair>();

  const onAnswer = (sequence: number, nonce: bigint) => {
    const found = byNonce.get(nonce);
    if (found === undefined) return;
    const { pair, tracked } = found;
    const now = clock.monotonic();
    const sentAt = tracked.health.waiting.get(sequence);
    const { provenSince } = tracked.health;
    const wasSteady = isSteady(tracked.health);
    tracked.health = answered(tracked.health, sequence, now);
    if (legs.get(tracked.path.plane) === pair) return;
    const wasProven = sentAt !== undefined && provenSince !== undefined && sentAt >= provenSince;
    if (sentAt !== undefined) onAnswered(pair.host, tracked.path, now - sentAt, wasProven);
    if (wasSteady !== isSteady(tracked.health)) onProof(pair.host);
    decideOn(pair);
  };

  const decideOn = (pair: TrackedPair) => {
    const { dark, moved, turned } = decide(pair, clock.monotonic());
    for (const path of dark) onDark(pair.host, path);
    if (dark.length > 0) onProof(pair.host);
    if (moved) onMove(pair.host);
    if (moved || turned) onChange(pair.host);
  };

  const send = (tracked: TrackedPath, socket: ProbeSocket | undefined, now: number, busy: boolean) => {
    const { path, nonce, health } = tracked;
    wasAsked(tracked, now);
    socket?.send({ kind: "ask", sequence: health.nextSequence, nonce, busy }, path.probeAddress);
  };
  const ask = (host: string, tracked: TrackedPath, socket: ProbeSocket | undefined, now: number) => {
    const lost = lostBy(tracked.health, now);
    if (lost > 0) onLost(host, tracked.path, lost);
    send(tracked, socket, now, isBusy(host));
    onAsked(host, tracked.path);
  };

  const tick = () => {
    const now = clock.monotonic();
    const ready = new Map([...sockets].filter(([, { socket }]) => socket.isReady()));
    for (const pair of pairs.values()) {
      stir(pair, isBusy(pair.host) || now < (toldUntil.get(pair.host) ?? now), now);
      for (const tracked of due(pair, now)) {
        const open = ready.get(tracked.path.plane);
        // on a proven path a question that cannot be sent is one that is lost
        if (open !== undefined || isProven(tracked.health)) ask(pair.host, tracked, open?.socket, now);
      }
      decideOn(pair);
    }
    for (const [plane, leg] of legs) {
      const open = ready.get(plane);
      stir(leg, true, now);
      for (const tracked of due(leg, now))
        if (open || isProven(tracked.health)) send(tracked, open?.socket, now, false);
      decide(leg, now);
    }
  };

  const updateSockets = ({ host, planes }: MeshState) => {
    const wanted = new Map(planes.map((plane) => [plane.name as string, `${plane.probeAddress} ${host.probePort}`]));
    for (const [plane, { address, socket }] of sockets) {
      if (wanted.get(plane) === address) continue;
      socket.close();
      sockets.delete(plane);
    }
    for (const plane of planes) {
      if (sockets.has(plane.name)) continue;
      const socket = openProbeSocket(plane.probeAddress, host.probePort, {
        onQuestion(from, { busy }) {
          const now = clock.monotonic();
          heard.set(from, now);
          if (busy && byProbe.has(from)) toldUntil.set(byProbe.get(from)!, now + toldMs);
        },
        onAnswer: ({ sequence, nonce }) => onAnswer(sequence, nonce),
        onLetter: (letter, from) => onLetter(plane.name, from, letter),
        onSized: (probe, from) => onSized(plane.name, from, probe),
        onSent: () => sent.set(plane.name, (sent.get(plane.name) ?? 0) + 1),
      });
      sockets.set(plane.name, { address: wanted.get(plane.name)!, socket });
    }
  };

  const ticks = every(clock, tickMs, tick);

  return {
    update(mesh, planeInUse) {
      updateSockets(mesh);
      const withPaths = mesh.pairs.filter((pair) => pair.paths.length > 0);
      const now = clock.monotonic();
      pairs = new Map(
        withPaths.map((pair) => {
          const known = pairs.get(pair.host);
          return [pair.host, trackPair(pair, known, planeInUse(pair), now, withPaths.length)];
        }),
      );
      legs = new Map(mesh.planes.flatMap((plane) => legOf(plane, legs.get(plane.name), now)));
      byNonce.clear();
      byProbe.clear();
      for (const host of toldUntil.keys()) if (!pairs.has(host)) toldUntil.delete(host);
      for (const { host, paths } of pairs.values()) for (const { path } of paths) byProbe.set(path.probeAddress, host);
      for (const pair of [...pairs.values(), ...legs.values()])
        for (const tracked of pair.paths) byNonce.set(tracked.nonce, { pair, tracked });
    },
    reach(host) {
      const pair = pairs.get(host);
      if (pair === undefined) return undefined;
      const { path, health } = pair.paths[pair.current]!;
      const { roundTripMs } = health;
      const isDark = !hasWay(pair) && clock.monotonic() >= pair.darkFrom;
      const steadyPlanes = pair.paths.filter((one) => isSteady(one.health)).map((one) => one.path.plane);
      return { path, proven: pair.proven, isDark, steadyPlanes, ...(roundTripMs !== undefined && { roundTripMs }) };
    },
    probe(host) {
      const now = clock.monotonic();
      for (const tracked of pairs.get(host)?.paths ?? []) {
        const open = sockets.get(tracked.path.plane);
        if (open?.socket.isReady()) ask(host, tracked, open.socket, now);
      }
    },
    leg(plane) {
      const [only] = legs.get(plane)?.paths ?? [];
      if (only === undefined) return undefined;
      const { health } = only;
      const { roundTripMs } = health;
      return { proven: isProven(health), ...(roundTripMs !== undefined && { roundTripMs }) };
    },
    heardAt: (probeAddress) => heard.get(probeAddress),
    paths: (host) => (pairs.get(host)?.paths ?? []).map(({ path, health }) => ({ path, proven: isProven(health) })),
    urge(host, plane) {
      const found = pairs.get(host)?.paths.find(({ path }) => path.plane === plane);
      if (found === undefined) return;
      const { askedAt, ...health } = found.health;
      Object.assign(found, { health, urgedUntil: clock.monotonic() + urgeMs });
    },
    tell: (plane, to, letter) => sockets.get(plane)?.socket.tell(letter, to),
    askSize: (plane, to, question) => sockets.get(plane)?.socket.sendSized({ kind: "ask", ...question }, to),
    sentBy: (plane) => sent.get(plane) ?? 0,
    close() {
      ticks.close();
      for (const { socket } of sockets.values()) socket.close();
    },
  };
}

function legOf(
  { name, relay, relayProbeAddress }: PlaneObject,
  before: TrackedPair | undefined,
  now: number,
): readonly (readonly [PlaneName, TrackedPair])[] {
  if (relay === undefined || relayProbeAddress === undefined) return [];
  const path: PathObject = { kind: "relay", plane: name, probeAddress: relayProbeAddress };
  return [[name, trackPair({ host: relay, prefixes: [], paths: [path] }, before, undefined, now)]];
}
