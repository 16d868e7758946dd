// No push can empty a host: the rule by which an agent holds a change, and by which `plan` tells beforehand that it will.
import type { HeldRemoval } from "./stream.ts";

/** How much a single change may remove unasked. */
export interface RemovalLimits {
  /** Of the host's peers, 0 to 1: more than this share is held… */
  readonly share: number;
  /** …if it is at least so many peers. */
  readonly least: number;
}

const defaultRemovalLimits: RemovalLimits = { share: 0.5, least: 3 };

export interface RemovalQuestion {
  /** Hosts that are a WireGuard peer on whatever plane now, or the other end of a pair (perhaps over relays alone). */
  readonly current: Iterable<string>;
  /** Those that the new state asks for. */
  readonly next: Iterable<string>;
  /** Hosts whose removal a confirmed apply named: never held, and counted on neither side. */
  readonly released: Iterable<string>;
  /** Revision of the new state. */
  readonly revision: number;
  /** Revision up to which a person confirmed the removals. */
  readonly confirmedAt: number;
}

/** What must wait until a person confirms it: the peers, by name, and of how many; undefined: nothing, go ahead. */
export function heldRemovals(question: RemovalQuestion, limits = defaultRemovalLimits): HeldRemoval | undefined {
  if (question.revision <= question.confirmedAt) return undefined;
  const [next, released] = [new Set(question.next), new Set(question.released)];
  const current = [...new Set(question.current)].filter((host) => !released.has(host));
  const peers = current.filter((host) => !next.has(host)).sort();
  const isHeld = peers.length >= limits.least && peers.length > limits.share * current.length;
  return isHeld ? { revision: question.revision, peers, of: current.length } : undefined;
}
