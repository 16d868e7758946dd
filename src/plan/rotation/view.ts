// What a rotation sees of the network: who is concerned by a step, and what they said last. Pure.
import type { HostKey } from "../../wire/stream.ts";
import type { Member } from "../members.ts";
import { uses, type Way, waysBetween } from "../paths.ts";
import { othersOf, type Topology } from "../topology.ts";
import { anchorsOf } from "./punched.ts";
import type { RotationStep } from "./run.ts";

/** What a host's agent said last. */
export interface HostWord {
  /** It has a stream, and said something lately. */
  readonly isReachable: boolean;
  /** How long it has said nothing. */
  readonly silentMs: number;
  /** It said that it holds exactly what it should now. */
  readonly isCurrent: boolean;
  /** What it understands (wire/capability.ts); absent: it has said nothing lately. */
  readonly capability?: number;
  readonly keys: readonly HostKey[];
  readonly peers: ReadonlyMap<string, PeerWord>;
}

/** What it said of a pair. */
export interface PeerWord {
  /** The plane that its own route names. */
  readonly plane?: string;
  /** Planes that are proven. */
  readonly proven: readonly string[];
  /** A handshake with the other end's own interface is young enough for a session. */
  readonly isHeard: boolean;
}

export interface RotationView {
  readonly nowMs: number;
  /** When control began to listen: nobody had a chance to say anything before. */
  readonly sinceMs: number;
  readonly topology: Topology;
  readonly word: (host: string) => HostWord | undefined;
}

/** A session ends after this (the WireGuard paper, REJECT_AFTER_TIME): without a word from anyone, a host is gone. */
const sessionMs = 180_000;

/** One direction of a pair that the step concerns. */
export interface End {
  readonly from: string;
  readonly to: string;
  readonly ways: readonly Way[];
}

export function memberOf({ topology }: RotationView, name: string): Member | undefined {
  return topology.members.find((member) => member.name === name);
}

/** Each direction of each pair that has a way which depends on the key. */
export function endsOf(step: Pick<RotationStep, "host" | "plane">, view: RotationView): readonly End[] {
  const { topology } = view;
  const host = memberOf(view, step.host);
  if (host === undefined) return [];
  const ends = step.plane === "pwr" ? [...(topology.spokes.get(host)?.keys() ?? [])] : [];
  const pairs = new Map<string, readonly [Member, Member]>();
  for (const one of [host, ...ends])
    for (const other of othersOf(topology, one)) pairs.set([one.name, other.name].sort().join(" "), [one, other]);
  return [...pairs.values()]
    .flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
    .map(([from, to]): End => ({ from: from.name, to: to.name, ways: waysBetween(from, to, topology) }))
    .filter(({ ways }) => ways.some((way) => uses(way, step)));
}

/** Everybody who holds the key, has a route that depends on it, or has it. */
export function participants(step: Pick<RotationStep, "host" | "plane">, view: RotationView): ReadonlySet<string> {
  const names = new Set([step.host]);
  for (const { from, ways } of endsOf(step, view)) {
    names.add(from);
    for (const way of ways) if (uses(way, step)) for (const { member } of way.tunnels) names.add(member.name);
  }
  const host = step.plane === "pw0" ? memberOf(view, step.host) : undefined;
  if (host !== undefined) for (const { name } of anchorsOf(host, view.topology)) names.add(name);
  return names;
}

/** Nobody has heard of it for so long that no packet can come from it. */
export function isGone(name: string, among: Iterable<string>, view: RotationView): boolean {
  const word = view.word(name);
  if (word === undefined) return true;
  if (word.isReachable || word.silentMs < sessionMs || view.nowMs - view.sinceMs < sessionMs) return false;
  return ![...among].some((other) => {
    const theirs = view.word(other);
    return theirs?.isReachable === true && theirs.peers.get(name)?.isHeard === true;
  });
}

/** Planes of the sender's by which the end's packets depend on the key. */
export function dependentPlanes(end: End, step: Pick<RotationStep, "host" | "plane">): ReadonlySet<string> {
  return new Set(end.ways.filter((way) => uses(way, step)).map((way) => way.path.plane));
}
