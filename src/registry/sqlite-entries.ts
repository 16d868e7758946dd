// What is true now, in SQL, and how it changes. Every function expects a transaction around it.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { KeyRange } from "./keys.ts";
import type { Entry, Page, Write } from "./store.ts";

/** `compacted` is the oldest revision from which every change is still known. */
export interface State {
  readonly revision: number;
  readonly compacted: number;
}

export interface Entries {
  readonly state: () => State;
  readonly get: (key: string) => Entry | undefined;
  readonly list: (range: KeyRange, page?: Page) => Entry[];
  /** Makes the writes in the next revision, which it answers; in none when they change nothing. */
  readonly apply: (writes: readonly Write[], nowMs: number) => number;
}

/** SQLite sorts every blob behind every text: the bound of a range that has no end. */
export const behindEveryText = new Uint8Array([0]);

/** What entryOf needs, of a version `v`. */
export const entryColumns = "v.key, v.value, v.create_revision, v.revision, v.id";
const entriesInRange = `SELECT ${entryColumns} FROM keys k JOIN versions v ON v.id = k.version WHERE k.key >= ? AND k.key < ?`;

/** The entries of a database with our schema. */
export function entriesIn(db: DatabaseSync): Entries {
  const selectState = db.prepare("SELECT revision, compacted FROM state");
  const selectEntry = db.prepare(
    `SELECT ${entryColumns} FROM keys k JOIN versions v ON v.id = k.version WHERE k.key = ?`,
  );
  const selectAscending = db.prepare(`${entriesInRange} ORDER BY k.key LIMIT ?`);
  const selectDescending = db.prepare(`${entriesInRange} ORDER BY k.key DESC LIMIT ?`);
  const updateRevision = db.prepare("UPDATE state SET revision = ?");
  const insertRevision = db.prepare("INSERT INTO revisions (revision, written_ms) VALUES (?, ?)");
  const insertVersion = db.prepare("INSERT INTO versions (revision, key, value, create_revision) VALUES (?, ?, ?, ?)");
  const insertSuperseded = db.prepare("INSERT INTO superseded (revision, version) VALUES (?, ?)");
  const upsertKey = db.prepare(
    "INSERT INTO keys (key, version) VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
  );
  const deleteKey = db.prepare("DELETE FROM keys WHERE key = ?");

  const state = (): State => {
    const row = selectState.get()!;
    return { revision: row.revision as number, compacted: row.compacted as number };
  };

  function write(one: Write, revision: number): void {
    const before = selectEntry.get(one.key);
    const created = one.op === "put" ? (before?.create_revision ?? revision) : revision;
    const { lastInsertRowid: version } = insertVersion.run(
      revision,
      one.key,
      one.op === "put" ? one.value : null,
      created,
    );
    if (before) insertSuperseded.run(revision, before.id!);
    if (one.op === "put") {
      upsertKey.run(one.key, version);
    } else {
      insertSuperseded.run(revision, version);
      deleteKey.run(one.key);
    }
  }

  return {
    state,
    get(key) {
      const row = selectEntry.get(key);
      return row && entryOf(row);
    },
    list({ from, to }, page = {}) {
      const select = page.descending ? selectDescending : selectAscending;
      return select.all(from, to ?? behindEveryText, page.limit ?? -1).map(entryOf);
    },
    apply(writes, nowMs) {
      const effective = writes.filter((one) => one.op === "put" || selectEntry.get(one.key));
      const { revision: last } = state();
      if (effective.length === 0) return last;
      const revision = last + 1;
      updateRevision.run(revision);
      insertRevision.run(revision, Math.trunc(nowMs));
      for (const one of effective) write(one, revision);
      return revision;
    },
  };
}

/** The entry in a row of entryColumns whose value is not NULL. */
export function entryOf(row: Record<string, SQLOutputValue>): Entry {
  return {
    key: row.key as string,
    value: row.value as string,
    createRevision: row.create_revision as number,
    modRevision: row.revision as number,
  };
}
