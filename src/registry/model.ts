// A registry as simple as can be, for the conformance suite to compare stores with: maps, arrays and no concurrency.
import type { Batch, Compare, Entry, Lease, Page, Write } from "./store.ts";

interface HeldLease {
  readonly lease: Lease;
  readonly holder: string;
  readonly endsMs: number;
}

/** What the store under test should hold; times are ms since the model began, at the store's revision `base`. */
export interface Model {
  readonly base: number;
  nowMs: number;
  revision: number;
  compacted: number;
  readonly entries: Map<string, Entry>;
  readonly history: { readonly batch: Batch; readonly writtenMs: number }[];
  readonly leases: Map<string, HeldLease>;
  /** Every lease that the store gave, held or lost. */
  readonly issued: Lease[];
}

/** A model of a store that is empty at revision `base`. */
export function emptyModel(base: number): Model {
  const none = { entries: new Map(), history: [], leases: new Map(), issued: [] };
  return { base, nowMs: 0, revision: base, compacted: 0, ...none };
}

/** The first compare that does not hold. */
export function failing(model: Model, compares: readonly Compare[]): Compare | undefined {
  return compares.find((compare) => {
    const entry = model.entries.get(compare.key);
    return "value" in compare ? entry?.value !== compare.value : (entry?.modRevision ?? 0) !== compare.modRevision;
  });
}

/** The writes that change something. */
export function effective(model: Model, writes: readonly Write[]): Write[] {
  return writes.filter((write) => write.op === "put" || model.entries.has(write.key));
}

/** Makes the writes in the revision that the store gave. */
export function apply(model: Model, writes: readonly Write[], revision: number): void {
  const changes = effective(model, writes).map((write) => {
    if (write.op === "delete") {
      model.entries.delete(write.key);
      return { key: write.key, entry: undefined };
    }
    const createRevision = model.entries.get(write.key)?.createRevision ?? revision;
    const entry = { key: write.key, value: write.value, createRevision, modRevision: revision };
    model.entries.set(write.key, entry);
    return { key: write.key, entry };
  });
  model.revision = revision;
  model.history.push({ batch: { revision, changes }, writtenMs: model.nowMs });
}

/** The entries under a prefix, sorted by their keys' bytes. */
export function list(model: Model, prefix: string, page: Page): Entry[] {
  const order = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));
  const direction = page.descending ? -1 : 1;
  return [...model.entries.values()]
    .filter((entry) => entry.key.startsWith(prefix))
    .filter((entry) => page.after === undefined || order(entry.key, page.after) * direction > 0)
    .sort((one, other) => order(one.key, other.key) * direction)
    .slice(0, page.limit);
}

/** Notes that the store gave a lease. */
export function grant(model: Model, lease: Lease, holder: string, ttlMs: number): void {
  model.leases.set(lease.name, { lease, holder, endsMs: model.nowMs + ttlMs });
  model.issued.push(lease);
}

/** Who holds a lease now. */
export function holderOf(model: Model, name: string): HeldLease | undefined {
  const held = model.leases.get(name);
  return held && held.endsMs > model.nowMs ? held : undefined;
}

/** Whether this very lease is in force. */
export function inForce(model: Model, lease: Lease): boolean {
  return holderOf(model, lease.name)?.lease.fencing === lease.fencing;
}
