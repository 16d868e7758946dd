// What the registry says about the network, in memory: read once, then kept up to date by its watch.
import { backoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Observed, ObservedHost } from "../plan/observed.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import { StoreError } from "../registry/errors.ts";
import type { Batch, Entry, Registry, RegistryReader } from "../registry/store.ts";
import type { AuditEntry } from "../wire/audit.ts";
import type { Drain } from "../wire/edge-state.ts";
import {
  auditPrefix,
  type DebugKeyRecord,
  type DrainRecord,
  debugKeyPrefix,
  drainPrefix,
  type HostRecord,
  hostPrefix,
  type ReleasedRecord,
  releasedPrefix,
  rotationKey,
  type SpecRecord,
  specKey,
} from "./keys.ts";

export interface Facts {
  /** The registry's, as of the last change of anything here. */
  readonly revision: number;
  readonly spec: (SpecRecord & { readonly revision: number }) | undefined;
  readonly hosts: ReadonlyMap<string, HostRecord>;
  readonly released: ReadonlyMap<string, ReleasedRecord>;
  readonly drains: ReadonlyMap<string, DrainFact>;
  readonly debugKeys: ReadonlyMap<string, DebugKeyRecord>;
  /** The last run, over or not. */
  readonly rotation?: RotationRun | undefined;
}

export interface DrainFact extends Pick<Drain, "kind" | "name">, DrainRecord {
  /** The registry's revision that began it. */
  readonly revision: number;
}

/** Identities of the hosts that have joined or wait for approval, by name. */
export function identitiesOf({ hosts }: Pick<Facts, "hosts">): ReadonlyMap<string, string> {
  return new Map(
    [...hosts].flatMap(([name, { membership, applicant }]) => {
      const known = membership ?? applicant;
      return known ? [[name, known.identity]] : [];
    }),
  );
}

/** Reads all facts. The parts may be of different moments: a commit (commit.ts) notices that, a watch mends it. */
export async function readFacts(registry: RegistryReader): Promise<Facts> {
  const hosts = await registry.list(hostPrefix); // first, so that its revision is the oldest
  const spec = await registry.get(specKey);
  const released = await registry.list(releasedPrefix);
  const drains = await registry.list(drainPrefix);
  const debugKeys = await registry.list(debugKeyPrefix);
  const rotation = await registry.get(rotationKey);
  const byName = <T>(prefix: string, entries: readonly Entry[], read: (entry: Entry) => T) =>
    new Map(entries.map((entry) => [entry.key.slice(prefix.length), read(entry)]));
  return {
    revision: hosts.revision,
    spec: spec && specOf(spec),
    hosts: byName(hostPrefix, hosts.entries, recordOf<HostRecord>),
    released: byName(releasedPrefix, released.entries, recordOf<ReleasedRecord>),
    drains: byName(drainPrefix, drains.entries, drainOf),
    debugKeys: byName(debugKeyPrefix, debugKeys.entries, recordOf<DebugKeyRecord>),
    rotation: rotation && runOf(rotation),
  };
}

/** Facts that are kept up to date. */
export interface FollowedFacts {
  readonly current: () => Facts;
  /** Ends when the signal aborts or the registry closes. */
  readonly ended: Promise<void>;
}

/** Who is told, and of what. */
export interface FactsListener {
  /** Some fact is another now. */
  readonly changed: () => void;
  /** Somebody did something. */
  readonly audited: (entry: AuditEntry) => void;
}

/** Follows the facts from now on. */
export async function followFacts(
  { registry, clock, log }: { readonly registry: Registry; readonly clock: Clock; readonly log: Log },
  listener: FactsListener,
  signal: AbortSignal,
): Promise<FollowedFacts> {
  let facts = await readFacts(registry);
  const waits = backoff(100, 10_000);

  async function follow(): Promise<void> {
    for await (const batch of registry.watch("", facts.revision, signal)) {
      waits.reset();
      for (const { key, entry } of batch.changes) {
        if (entry && key.startsWith(auditPrefix)) tell(entry);
      }
      const next = withBatch(facts, batch);
      if (next === facts) continue;
      facts = next;
      listener.changed();
    }
  }

  function tell({ key, value }: Entry): void {
    try {
      listener.audited(JSON.parse(value) as AuditEntry);
    } catch (error) {
      log.error({ key, err: error }, "an audit entry cannot be read: see `portway audit verify`");
    }
  }

  async function followOn(): Promise<void> {
    for (let known = true; !signal.aborted; known = false) {
      try {
        if (!known) {
          facts = await readFacts(registry);
          listener.changed();
        }
        return await follow();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.reason === "closed") return;
        log.warn({ err: error }, "the registry's watch ended, it is begun anew");
        await clock.sleep(waits.next(), signal);
      }
    }
  }
  return { current: () => facts, ended: followOn() };
}

/** The facts after a batch; the same object when nothing of it is a fact. */
function withBatch(facts: Facts, { revision, changes }: Batch): Facts {
  const file = changes.find(({ key }) => key === specKey);
  const spec = file ? file.entry && specOf(file.entry) : facts.spec;
  const hosts = withChanges(facts.hosts, hostPrefix, changes, recordOf<HostRecord>);
  const released = withChanges(facts.released, releasedPrefix, changes, recordOf<ReleasedRecord>);
  const drains = withChanges(facts.drains, drainPrefix, changes, drainOf);
  const debugKeys = withChanges(facts.debugKeys, debugKeyPrefix, changes, recordOf<DebugKeyRecord>);
  const isKept = hosts === facts.hosts && released === facts.released && drains === facts.drains;
  const run = changes.find(({ key }) => key === rotationKey);
  const rotation = run ? run.entry && runOf(run.entry) : facts.rotation;
  if (!file && !run && isKept && debugKeys === facts.debugKeys) return facts;
  return { revision, spec, hosts, released, drains, debugKeys, rotation };
}

function withChanges<T>(
  before: ReadonlyMap<string, T>,
  prefix: string,
  changes: Batch["changes"],
  read: (entry: Entry) => T,
): ReadonlyMap<string, T> {
  const mine = changes.filter(({ key }) => key.startsWith(prefix));
  if (mine.length === 0) return before;
  const after = new Map(before);
  for (const { key, entry } of mine) {
    if (entry) after.set(key.slice(prefix.length), read(entry));
    else after.delete(key.slice(prefix.length));
  }
  return after;
}

const recordOf = <T>({ value }: Entry): T => JSON.parse(value) as T;
const specOf = (entry: Entry) => ({ ...recordOf<SpecRecord>(entry), revision: entry.modRevision });

function drainOf(entry: Entry): DrainFact {
  const [kind, name] = entry.key.slice(drainPrefix.length).split("/") as [Drain["kind"], string];
  return { kind, name, ...recordOf<DrainRecord>(entry), revision: entry.createRevision };
}

const runOf = recordOf<RotationRun>;

type ObservedFacts = Pick<Facts, "hosts" | "released" | "drains" | "rotation">;

/** What the compiler may know of the facts. */
export function observedOf({ hosts, released, drains, rotation }: ObservedFacts): Observed {
  const observed = [...hosts].map(([name, { ipv4, ipv6, membership }]): [string, ObservedHost] => [
    name,
    {
      ipv4,
      ipv6,
      joined: membership !== undefined,
      tags: membership?.tags ?? [],
      keys: Object.fromEntries(membership?.keys.map(({ plane, publicKey }) => [plane, publicKey]) ?? []),
      generations: Object.fromEntries(membership?.keys.map(({ plane, generation }) => [plane, generation]) ?? []),
      removalsConfirmedAt: membership?.removalsConfirmedAt ?? 0,
      ...(membership?.staleSince !== undefined && { stale: true }),
    },
  ]);
  return {
    hosts: Object.fromEntries(observed),
    released: [...released.keys()],
    releasedBy: Object.fromEntries([...released].map(([name, { by }]) => [name, by])),
    drains: [...drains.values()].map(({ kind, name, endsAt }) => ({ kind, name, endMs: Date.parse(endsAt) })),
    ...(rotation && rotation.active.length > 0 && { rotation }),
  };
}
