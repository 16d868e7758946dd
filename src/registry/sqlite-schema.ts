// The tables of the SQLite store. `versions` is what happened, `keys` points to what is true now, `superseded` lists what
// may be forgotten once the revision that replaced it is old enough, so that compaction never searches.
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "./errors.ts";

/** Marks the file as a Portway registry ("PWRG"), for `file` and for whoever opens the wrong path. */
const applicationId = 0x50575247;

/** Each brings the schema one version further; released ones never change. */
const migrations: readonly string[] = [
  `
  CREATE TABLE state (
    id        INTEGER PRIMARY KEY CHECK (id = 0),
    revision  INTEGER NOT NULL,
    compacted INTEGER NOT NULL            -- history is whole for watches from this revision on
  ) STRICT;
  INSERT INTO state VALUES (0, 0, 0);

  CREATE TABLE revisions (
    revision   INTEGER PRIMARY KEY,
    written_ms INTEGER NOT NULL           -- Unix epoch, for compaction by age
  ) STRICT;

  CREATE TABLE versions (
    id              INTEGER PRIMARY KEY,  -- grows in the order of writes
    revision        INTEGER NOT NULL,
    key             TEXT NOT NULL,
    value           TEXT,                 -- NULL: the key was deleted
    create_revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX versions_by_revision ON versions (revision);

  CREATE TABLE keys (
    key     TEXT PRIMARY KEY,
    version INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE superseded (
    revision INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (revision, version)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    fencing    INTEGER NOT NULL,
    holder     TEXT,                      -- NULL: released
    renewed_ms INTEGER NOT NULL,
    ttl_ms     INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Brings an empty or older database to the newest schema; to be called inside a write transaction. */
export function migrate(db: DatabaseSync): void {
  if (number(db, "SELECT count(*) FROM sqlite_schema") > 0) checkSchema(db);
  for (const migration of migrations.slice(number(db, "PRAGMA user_version"))) db.exec(migration);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
}

/** Throws unless this is a registry whose schema this program knows. */
export function checkSchema(db: DatabaseSync): void {
  if (number(db, "PRAGMA application_id") !== applicationId) {
    throw new StoreError("corrupt", "the file is a database, but not a Portway registry");
  }
  const version = number(db, "PRAGMA user_version");
  if (version > migrations.length) {
    const known = `this one knows up to version ${migrations.length}`;
    throw new StoreError("incompatible", `the registry has schema version ${version}, of a newer Portway; ${known}`);
  }
}

function number(db: DatabaseSync, query: string): number {
  return Number(Object.values(db.prepare(query).get() ?? {})[0]);
}
