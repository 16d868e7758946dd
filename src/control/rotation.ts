// Carries out the rotation that the registry holds (plan/rotation), whichever control began it: looks at what hosts say,
// writes the next transition under the lease of the one who leads, and hosts follow the state that comes of it.
import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { type Advance, advance } from "../plan/rotation/advance.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import type { HostWord, PeerWord, RotationView } from "../plan/rotation/view.ts";
import { survey } from "../plan/survey.ts";
import type { Topology } from "../plan/topology.ts";
import { StoreError } from "../registry/errors.ts";
import { type Lease, put, type Registry, type Write } from "../registry/store.ts";
import type { Spec } from "../spec/types.ts";
import type { Commit } from "./commit.ts";
import { type Desired, stateOf } from "./desired.ts";
import { type Facts, observedOf } from "./facts.ts";
import { type HostRecord, hostKey, rotationKey } from "./keys.ts";
import { fresh, type Heard, type Statuses } from "./statuses.ts";

export interface RotationParts {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly clock: Clock;
  readonly log: Log;
  readonly facts: () => Facts;
  readonly spec: () => Spec | undefined;
  readonly desired: () => Desired;
  readonly statuses: Statuses;
  readonly stopping: AbortSignal;
}

export interface Rotations {
  /** Something that it waits for may have come. */
  readonly look: () => void;
  /** As the state machine sees the network now. */
  readonly view: () => RotationView | undefined;
  /** Resolves when control stops. */
  readonly ended: Promise<void>;
}

const leaseName = "rotation";
const leaseMs = 10_000;
const everyMs = 1_000;

export function startRotations(parts: RotationParts): Rotations {
  const { registry, clock, log, facts, stopping } = parts;
  const holder = randomUUID();
  const sinceMs = clock.now();
  let lease: { readonly lease: Lease; readonly renewAt: number } | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  let drawn: { readonly facts: Facts; readonly topology: Topology } | undefined;
  const topology = (spec: Spec) => {
    if (drawn?.facts !== facts()) drawn = { facts: facts(), topology: survey(spec, observedOf(facts())).topology };
    return drawn.topology;
  };
  const view = () => viewOf(parts, topology, sinceMs);

  async function lead(): Promise<Lease | undefined> {
    const now = clock.monotonic();
    if (lease !== undefined && now < lease.renewAt) return lease.lease;
    const taken = await registry.acquireLease(leaseName, holder, leaseMs);
    lease = taken.ok ? { lease: taken.lease, renewAt: now + leaseMs / 3 } : undefined;
    return lease?.lease;
  }

  /** One transition, if it is time; the watch brings what was written, and with it the next look. */
  async function goOn(): Promise<void> {
    const run = facts().rotation;
    if (run === undefined || run.endedAtMs !== undefined) return;
    const seen = view();
    const next = seen && advance(run, seen);
    const leading = next && (await lead());
    if (!leading || !(await write(parts, run, next, leading))) return;
    log.info({ host: next.subject, ...next.details }, `rotation: ${next.action}`);
  }

  function look(): void {
    again = true;
    looking ??= (async () => {
      while (again && !stopping.aborted) {
        again = false;
        await goOn().catch((error: unknown) => {
          if (!stopping.aborted && !isLost(error)) log.error({ err: error }, "rotation");
          lease = undefined;
        });
      }
      looking = undefined;
    })();
  }

  const ended = (async () => {
    while (!stopping.aborted) {
      look();
      await clock.sleep(everyMs, stopping);
    }
    await looking;
    if (lease !== undefined) await registry.releaseLease(lease.lease).catch(() => {});
  })();
  return { look, view, ended };
}

/** Another control leads now, or the registry is closed: whoever leads goes on. */
const isLost = (error: unknown) =>
  error instanceof StoreError && (error.code === "fenced" || error.reason === "closed");

/** Writes the transition unless the run was changed since; false then. */
async function write(
  { registry, commit }: RotationParts,
  from: RotationRun,
  next: Advance,
  lease: Lease,
): Promise<boolean> {
  const { renewed, action, subject, details } = next;
  const audit = { action: `rotation.${action}`, subject, details };
  const decide = async () => {
    const now = await registry.get(rotationKey);
    if (now?.value !== JSON.stringify(from)) throw new RunChanged();
    const key = renewed && (await keyWrite(registry, renewed));
    return { writes: [put(rotationKey, JSON.stringify(next.run)), ...(key ? [key] : [])], audit, result: undefined };
  };
  try {
    await commit("system", decide, lease);
    return true;
  } catch (error) {
    if (error instanceof RunChanged) return false;
    throw error;
  }
}

class RunChanged extends Error {}

async function keyWrite(registry: Registry, renewed: NonNullable<Advance["renewed"]>): Promise<Write | undefined> {
  const { host, plane, generation, publicKey, atMs } = renewed;
  const entry = await registry.get(hostKey(host));
  const record = entry && (JSON.parse(entry.value) as HostRecord);
  if (record?.membership === undefined) return undefined;
  const since = new Date(atMs).toISOString();
  const keys = record.membership.keys.map((key) =>
    key.plane === plane ? { plane, publicKey, generation, since } : key,
  );
  return put(hostKey(host), JSON.stringify({ ...record, membership: { ...record.membership, keys } }));
}

/** Undefined while what hosts should hold is behind the facts. */
function viewOf(parts: RotationParts, topology: (spec: Spec) => Topology, sinceMs: number): RotationView | undefined {
  const [facts, desired, spec] = [parts.facts(), parts.desired(), parts.spec()];
  if (spec === undefined || desired.revision !== facts.revision) return undefined;
  const nowMs = parts.clock.now();
  const words = new Map<string, HostWord>();
  const wordOf = (host: string) => {
    const digest = stateOf(desired, host, "mesh").digest;
    const word = words.get(host) ?? hostWord(parts.statuses.of(host), digest, nowMs, sinceMs);
    words.set(host, word);
    return word;
  };
  return {
    nowMs,
    sinceMs,
    topology: topology(spec),
    word: (host) => (facts.hosts.get(host)?.membership ? wordOf(host) : undefined),
  };
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
    keys: status?.keys ?? [],
    peers: new Map(peers),
  };
}
