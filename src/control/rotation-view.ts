// The network as a rotation sees it: who concerns whom, and what agents said last, held against what they should hold.
import type { Clock } from "../lib/clock.ts";
import type { HostWord, PeerWord, RotationView } from "../plan/rotation/view.ts";
import type { Topology } from "../plan/topology.ts";
import { type Desired, stateOf } from "./desired.ts";
import type { Facts } from "./facts.ts";
import { fresh, type Heard, type Statuses } from "./statuses.ts";

export interface RotationViewParts {
  readonly clock: Pick<Clock, "now">;
  readonly facts: () => Facts;
  readonly desired: () => Desired;
  readonly statuses: Statuses;
}

export interface DrawnRotation {
  /** Undefined without a file. */
  readonly topology: () => Topology | undefined;
  /** Undefined while what hosts should hold is behind the facts. */
  readonly view: () => RotationView | undefined;
}

export function createRotationView({ clock, facts, desired, statuses }: RotationViewParts): DrawnRotation {
  const topology = () => desired().topology;
  const view = (): RotationView | undefined => {
    const [{ hosts, revision }, wanted, known] = [facts(), desired(), topology()];
    if (known === undefined || wanted.revision !== revision) return undefined;
    const [nowMs, sinceMs] = [clock.now(), statuses.sinceMs()];
    const words = new Map<string, HostWord>();
    const wordOf = (host: string) => {
      const word = words.get(host) ?? hostWord(statuses.of(host), stateOf(wanted, host, "mesh").digest, nowMs, sinceMs);
      words.set(host, word);
      return word;
    };
    return {
      ...{ nowMs, sinceMs, topology: known },
      word: (host) => (hosts.get(host)?.membership ? wordOf(host) : undefined),
    };
  };
  return { topology, view };
}

function hostWord({ agent, streams, lastSeenMs }: Heard, digest: string, nowMs: number, sinceMs: number): HostWord {
  const status = fresh(agent, nowMs);
  const peers = (status?.peers ?? []).map(({ host, plane, proven = [], heard = false }): [string, PeerWord] => [
    host,
    { proven, isHeard: heard, ...(plane !== undefined && { plane }) },
  ]);
  return {
    isReachable: status !== undefined && streams.includes("mesh"),
    silentMs: nowMs - (lastSeenMs ?? sinceMs),
    isCurrent: status?.digest === digest,
    ...(status && { capability: status.capability }),
    keys: status?.keys ?? [],
    peers: new Map(peers),
  };
}
