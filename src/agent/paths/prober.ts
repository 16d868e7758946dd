// Probes every path of every pair, answers the probes of others, and says which path each pair uses.
// Budget: a question and an answer of 72 bytes each, with IPv6 and UDP headers, a second and path, in each direction.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import type { MeshState, PairObject, PathObject } from "../../wire/mesh.ts";
import { choosePath } from "./choice.ts";
import { answered, asked, isProven, type PathHealth, probeEveryMs, provenMs, unknownHealth } from "./health.ts";
import { openProbeSocket, type ProbeSocket } from "./probe-socket.ts";

/** How a pair is reached now. */
export interface PairReach {
  readonly path: PathObject;
  /** A probe came back by it lately. */
  readonly proven: boolean;
  /** No probe comes back by any path, and there was time enough for it. */
  readonly isDark: boolean;
  readonly roundTripMs?: number;
}

export interface Prober {
  /**
   * Takes up the pairs and planes of a state; paths that stay keep what is known of them. A pair that is new begins on the
   * plane that `planeInUse` names, where an agent before this one left it, else on its most preferred path.
   */
  readonly update: (mesh: MeshState, planeInUse: (pair: PairObject) => string | undefined) => void;
  readonly reach: (host: string) => PairReach | undefined;
  readonly close: () => void;
}

/** What a prober tells of as it happens. */
export interface ProbeEvents {
  /** A pair uses another path from now on. */
  readonly onMove: (host: string) => void;
  /** The same, or whether its path is proven. */
  readonly onChange: (host: string) => void;
  /** No answers come by a path any more, whether it was in use or not. */
  readonly onDark: (host: string, path: PathObject) => void;
  readonly onAsked: (host: string, path: PathObject) => void;
  readonly onAnswered: (host: string, path: PathObject, roundTripMs: number) => void;
}

interface TrackedPath {
  readonly path: PathObject;
  readonly nonce: bigint;
  proven: boolean;
  health: PathHealth;
  askAt: number;
}

interface TrackedPair {
  readonly host: string;
  readonly paths: readonly TrackedPath[];
  /** Until then a path that an agent before this one left in use may yet prove itself; monotonic ms. */
  readonly keepUntil: number;
  current: number;
  proven: boolean;
  /** From then on it is dark without a proven path; monotonic ms. */
  darkFrom: number;
}

const tickMs = 250;
/** A tunnel has this long to prove itself, from when an agent takes it up. */
const settleMs = 2 * provenMs;

export function startProber(clock: Clock, { onMove, onChange, onDark, onAsked, onAnswered }: ProbeEvents): Prober {
  const sockets = new Map<string, { readonly address: string; readonly socket: ProbeSocket }>();
  const byNonce = new Map<bigint, { readonly pair: TrackedPair; readonly tracked: TrackedPath }>();
  let pairs = new Map<string, TrackedPair>();
  const end = new AbortController();

  const onAnswer = (sequence: number, nonce: bigint) => {
    const found = byNonce.get(nonce);
    if (found === undefined) return;
    const { pair, tracked } = found;
    const now = clock.monotonic();
    const sentAt = tracked.health.waiting.get(sequence);
    if (sentAt !== undefined) onAnswered(pair.host, tracked.path, now - sentAt);
    tracked.health = answered(tracked.health, sequence, now);
    decide(pair);
  };

  const decide = (pair: TrackedPair) => {
    const now = clock.monotonic();
    for (const tracked of pair.paths) {
      const wasProven = tracked.proven;
      tracked.proven = isProven(tracked.health, now);
      if (wasProven && !tracked.proven) onDark(pair.host, tracked.path);
    }
    const health = pair.paths.map((one) => one.health);
    const next = now < pair.keepUntil ? pair.current : choosePath(health, pair.current, now);
    const { proven } = pair.paths[next]!;
    const [moved, turned] = [next !== pair.current, proven !== pair.proven];
    pair.current = next;
    pair.proven = proven;
    if (pair.paths.some((one) => one.proven)) pair.darkFrom = now;
    if (moved) onMove(pair.host);
    if (moved || turned) onChange(pair.host);
  };

  const ask = (host: string, tracked: TrackedPath, socket: ProbeSocket, now: number) => {
    tracked.askAt = now + probeEveryMs;
    const sequence = tracked.health.nextSequence;
    tracked.health = asked(tracked.health, now);
    socket.send({ kind: "ask", sequence, nonce: tracked.nonce }, tracked.path.probeAddress);
    onAsked(host, tracked.path);
  };

  const tick = () => {
    const now = clock.monotonic();
    const ready = new Map([...sockets].filter(([, { socket }]) => socket.isReady()));
    for (const pair of pairs.values()) {
      for (const tracked of pair.paths) {
        const open = ready.get(tracked.path.plane);
        if (open !== undefined && now >= tracked.askAt) ask(pair.host, tracked, open.socket, now);
      }
      decide(pair);
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
      const socket = openProbeSocket(plane.probeAddress, host.probePort, (probe) => {
        onAnswer(probe.sequence, probe.nonce);
      });
      sockets.set(plane.name, { address: wanted.get(plane.name)!, socket });
    }
  };

  void (async () => {
    while (!end.signal.aborted) {
      tick();
      await clock.sleep(tickMs, end.signal);
    }
  })();

  return {
    update(mesh, planeInUse) {
      updateSockets(mesh);
      const withPaths = mesh.pairs.filter((pair) => pair.paths.length > 0);
      const now = clock.monotonic();
      pairs = new Map(
        withPaths.map((pair) => [pair.host, trackPair(pair, pairs.get(pair.host), planeInUse(pair), now)]),
      );
      byNonce.clear();
      for (const pair of pairs.values())
        for (const tracked of pair.paths) byNonce.set(tracked.nonce, { pair, tracked });
    },
    reach(host) {
      const pair = pairs.get(host);
      if (pair === undefined) return undefined;
      const { path, health } = pair.paths[pair.current]!;
      const { roundTripMs } = health;
      const isDark = !pair.paths.some((one) => one.proven) && clock.monotonic() >= pair.darkFrom;
      return { path, proven: pair.proven, isDark, ...(roundTripMs !== undefined && { roundTripMs }) };
    },
    close() {
      end.abort();
      for (const { socket } of sockets.values()) socket.close();
    },
  };
}

/** Paths that were there before keep their health, and the one in use stays in use. */
function trackPair(
  pair: PairObject,
  before: TrackedPair | undefined,
  planeInUse: string | undefined,
  now: number,
): TrackedPair {
  const known = new Map(before?.paths.map((one) => [JSON.stringify(one.path), one]));
  const paths = pair.paths.map((path): TrackedPath => {
    const nonce = randomBytes(8).readBigUInt64BE();
    return known.get(JSON.stringify(path)) ?? { path, nonce, proven: false, health: unknownHealth, askAt: 0 };
  });
  const { host } = pair;
  const used = before === undefined ? -1 : paths.indexOf(before.paths[before.current]!);
  if (used >= 0) return { ...before!, paths, current: used };
  const found = paths.findIndex(({ path }) => path.plane === planeInUse);
  const keepUntil = before === undefined && found >= 0 ? now + provenMs : now;
  return {
    host,
    paths,
    keepUntil,
    current: Math.max(0, found),
    proven: false,
    darkFrom: before?.darkFrom ?? now + settleMs,
  };
}
