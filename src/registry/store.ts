// The registry: a versioned key-value store, as much of etcd as Portway needs. Every transaction that changes something
// gets the next revision; what is true now can be listed, what happened since a revision can be watched. SQLite implements
// this here (sqlite.ts); whatever else does must pass conformance.ts. Keys are paths such as `hosts/api-1`, sorted by
// their UTF-8 bytes; values are JSON text that the store does not look into (up to 1 MiB in every store).

/** One key as it is at some revision. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Revision that brought the key into being, since it was last absent. */
  readonly createRevision: number;
  /** Revision that wrote this value. */
  readonly modRevision: number;
}

/** The entries under a prefix, all as of one revision: watch from there to miss nothing. */
export interface Listing {
  readonly revision: number;
  readonly entries: readonly Entry[];
}

/** A part of a listing, for what grows without end. */
export interface Page {
  /** Begins behind this key, in the direction of travel. */
  readonly after?: string;
  readonly limit?: number;
  /** From the last key to the first. */
  readonly descending?: boolean;
}

/** What a transaction did to one key; no entry means that the key was deleted. */
export interface Change {
  readonly key: string;
  readonly entry: Entry | undefined;
}

/** The changes of one revision that fall under a watched prefix, in the order of the transaction's writes; never empty. */
export interface Batch {
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** A condition on one key: the revision of its value (0: the key is absent) or the value itself. */
export type Compare =
  | { readonly key: string; readonly modRevision: number }
  | { readonly key: string; readonly value: string };

/** Deleting a key that is absent changes nothing. */
export type Write =
  | { readonly op: "put"; readonly key: string; readonly value: string }
  | { readonly op: "delete"; readonly key: string };

/** The right to lead in something. Fencing numbers of one name only grow, so an older one is known to be lost. */
export interface Lease {
  readonly name: string;
  readonly fencing: number;
}

/** `current` is what the compare that failed found under its key. */
export type TransactionResult =
  | { readonly ok: true; readonly revision: number }
  | { readonly ok: false; readonly failed: Compare; readonly current: Entry | undefined };

export type LeaseResult =
  | { readonly ok: true; readonly lease: Lease }
  | { readonly ok: false; readonly holder: string; readonly remainingMs: number };

/** What can be read without being the one control that writes. Every function rejects with StoreError (errors.ts). */
export interface RegistryReader {
  readonly get: (key: string) => Promise<Entry | undefined>;
  /** The entries whose key starts with `prefix` (all of them for ""), sorted by key. */
  readonly list: (prefix: string, page?: Page) => Promise<Listing>;
  /** Lets go of everything; what is called later is refused as `unavailable`. */
  readonly close: () => Promise<void>;
}

/** The store of a control. A caller that was told `unavailable` re-reads before it tries again: over a network it cannot know. */
export interface Registry extends RegistryReader {
  /**
   * Every change after `fromRevision`, none missed or doubled, as fast as it is asked for. Throws `compacted` when the
   * history from there is gone: list again and watch from the listing. Ends when the signal aborts or the store closes.
   */
  readonly watch: (prefix: string, fromRevision: number, signal?: AbortSignal) => AsyncIterable<Batch>;
  /**
   * Makes all writes in one new revision if every compare holds, else none. A key may be written once. Given a lease it
   * throws `fenced` unless that is the current one. Acknowledged means durable; no effective write, no new revision.
   */
  readonly transact: (
    compares: readonly Compare[],
    writes: readonly Write[],
    options?: { readonly lease?: Lease },
  ) => Promise<TransactionResult>;
  /** Forgets changes that are at least this old (what is true now stays); answers the oldest revision to watch from. */
  readonly compact: (olderThanMs: number) => Promise<number>;
  /** Takes the lease if it is free, run out or already this holder's, each time with a new fencing number. */
  readonly acquireLease: (name: string, holder: string, ttlMs: number) => Promise<LeaseResult>;
  /** Starts the lease's time anew; throws `fenced` when it has run out or another took it. */
  readonly renewLease: (lease: Lease) => Promise<void>;
  /** Frees the lease at once; nothing happens when it was lost before. */
  readonly releaseLease: (lease: Lease) => Promise<void>;
}

/** Writes `value` under `key`, whatever was there. */
export const put = (key: string, value: string): Write => ({ op: "put", key, value });

/** Deletes `key`. */
export const remove = (key: string): Write => ({ op: "delete", key });

/** Holds while nothing is stored under `key`. */
export const absent = (key: string): Compare => ({ key, modRevision: 0 });

/** Holds while the entry is as it was read. */
export const unchanged = (entry: Entry): Compare => ({ key: entry.key, modRevision: entry.modRevision });
