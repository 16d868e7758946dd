// The registry in one SQLite file, for one control. Calls run to their end at once, so that the order of calls is the order
// of revisions; a watch reads the history itself, so that a slow watcher costs nothing and a new one needs no hand-over.
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../lib/clock.ts";
import { StoreError } from "./errors.ts";
import { checkWrites, type KeyRange, rangeOf } from "./keys.ts";
import { type Entries, entriesIn } from "./sqlite-entries.ts";
import { translated } from "./sqlite-errors.ts";
import { closedIfThrows, createPrivateFile, openDurable, openReadOnly, transaction } from "./sqlite-file.ts";
import { historyIn } from "./sqlite-history.ts";
import { leasesIn } from "./sqlite-leases.ts";
import { lockForControl } from "./sqlite-lock.ts";
import { checkSchema, migrate } from "./sqlite-schema.ts";
import { createWatches, type Stretch } from "./sqlite-watch.ts";
import type { Compare, Entry, Registry, RegistryReader, TransactionResult } from "./store.ts";

/** Revisions that a watch reads at once: what it holds in memory is bounded however far behind it is. */
const watchWindow = 16;

/** Opens the registry at `path` for a control, made if there is none; `:memory:` is one that ends with the process. */
export function openSqlite(path: string, clock: Pick<Clock, "now">): Registry {
  return translated(() => {
    const inFile = path !== ":memory:";
    const unlock = inFile ? lockForControl(path) : () => {};
    try {
      if (inFile) createPrivateFile(path);
      const db = openDurable(path);
      return closedIfThrows(db, () => registryOver(db, clock, unlock));
    } catch (error) {
      unlock();
      throw error;
    }
  });
}

/** Opens the registry at `path` to read it, also beside a control that uses it. */
export function openSqliteReader(path: string): RegistryReader {
  return translated(() => {
    const db = openReadOnly(path);
    return closedIfThrows(db, () => {
      checkSchema(db);
      return readerOver(db, entriesIn(db));
    });
  });
}

function readerOver(db: DatabaseSync, entries: Entries): RegistryReader {
  return {
    get: async (key) => transaction(db, "read", () => entries.get(key)),
    async list(prefix, page) {
      const range = rangeOf(prefix, page);
      return transaction(db, "read", () => ({
        revision: entries.state().revision,
        entries: entries.list(range, page),
      }));
    },
    async close() {
      if (db.isOpen) db.close();
    },
  };
}

function registryOver(db: DatabaseSync, clock: Pick<Clock, "now">, unlock: () => void): Registry {
  const write = <T>(body: () => T) => transaction(db, "write", body);
  write(() => migrate(db));
  const entries = entriesIn(db);
  const history = historyIn(db);
  const leases = leasesIn(db);
  const watches = createWatches();
  const reader = readerOver(db, entries);

  const stretchAfter = (range: KeyRange, from: number): Stretch =>
    transaction(db, "read", () => {
      const { revision, compacted } = entries.state();
      if (from < compacted) {
        throw new StoreError("compacted", `the history after revision ${from} is gone: it begins at ${compacted}`);
      }
      const upTo = Math.max(from, Math.min(revision, from + watchWindow));
      return { batches: upTo > from ? history.changes(range, from, upTo) : [], upTo };
    });

  return {
    ...reader,
    watch(prefix, fromRevision, signal) {
      if (!(Number.isSafeInteger(fromRevision) && fromRevision >= 0))
        throw new TypeError(`no revision: ${fromRevision}`);
      const range = rangeOf(prefix);
      return watches.follow((revision) => stretchAfter(range, revision), fromRevision, signal);
    },
    async transact(compares, writes, { lease } = {}) {
      checkWrites(writes);
      const result = write((): TransactionResult => {
        if (lease) leases.demand(lease, clock.now());
        for (const compare of compares) {
          const current = entries.get(compare.key);
          if (!holds(compare, current)) return { ok: false, failed: compare, current };
        }
        return { ok: true, revision: entries.apply(writes, clock.now()) };
      });
      if (result.ok) watches.wake();
      return result;
    },
    compact: async (olderThanMs) => write(() => history.compact(clock.now() - olderThanMs)),
    acquireLease: async (name, holder, ttlMs) => write(() => leases.acquire(name, holder, ttlMs, clock.now())),
    renewLease: async (lease) => write(() => leases.renew(lease, clock.now())),
    releaseLease: async (lease) => write(() => leases.release(lease)),
    async close() {
      watches.end();
      await reader.close();
      unlock();
    },
  };
}

function holds(compare: Compare, current: Entry | undefined): boolean {
  if ("modRevision" in compare) return compare.modRevision === (current?.modRevision ?? 0);
  return compare.value === current?.value;
}
