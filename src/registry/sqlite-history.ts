// What happened, in SQL, until it is forgotten. Every function expects a transaction around it.
import type { DatabaseSync } from "node:sqlite";
import type { KeyRange } from "./keys.ts";
import { behindEveryText, entryColumns, entryOf } from "./sqlite-entries.ts";
import type { Batch, Change } from "./store.ts";

export interface History {
  /** The changes of the revisions after `from` up to and with `to`. */
  readonly changes: (range: KeyRange, from: number, to: number) => Batch[];
  /** Forgets the changes up to the newest revision written at `untilMs` or before; answers the oldest one to watch from. */
  readonly compact: (untilMs: number) => number;
}

/** The history in a database with our schema. */
export function historyIn(db: DatabaseSync): History {
  const selectChanges = db.prepare(
    `SELECT ${entryColumns} FROM versions v WHERE v.revision > ? AND v.revision <= ? AND v.key >= ? AND v.key < ?
     ORDER BY v.revision, v.id`,
  );
  const selectCompacted = db.prepare("SELECT compacted FROM state");
  const selectRevisionAt = db.prepare(
    "SELECT revision FROM revisions WHERE written_ms <= ? ORDER BY revision DESC LIMIT 1",
  );
  const forget = [
    "DELETE FROM versions WHERE id IN (SELECT version FROM superseded WHERE revision <= ?)",
    "DELETE FROM superseded WHERE revision <= ?",
    "DELETE FROM revisions WHERE revision <= ?",
    "UPDATE state SET compacted = ?",
  ].map((sql) => db.prepare(sql));

  return {
    changes({ from: fromKey, to: toKey }, from, to) {
      const batches = new Map<number, Change[]>();
      for (const row of selectChanges.iterate(from, to, fromKey, toKey ?? behindEveryText)) {
        const revision = row.revision as number;
        const changes = batches.get(revision) ?? [];
        changes.push({ key: row.key as string, entry: row.value === null ? undefined : entryOf(row) });
        batches.set(revision, changes);
      }
      return Array.from(batches, ([revision, changes]) => ({ revision, changes }));
    },
    compact(untilMs) {
      const revision = selectRevisionAt.get(Math.trunc(untilMs))?.revision;
      if (revision === undefined) return selectCompacted.get()?.compacted as number;
      for (const statement of forget) statement.run(revision);
      return revision as number;
    },
  };
}
