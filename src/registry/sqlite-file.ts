// What SQLite and the file system under it need: private files, settings and transactions.
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { storeUnavailable } from "./errors.ts";
import { translated } from "./sqlite-errors.ts";

/** How long a statement waits for another process that holds the database, such as a backup. */
const busyTimeoutMs = 1_000;

/** A file that only its owner can read (mode 0600), made if there is none; SQLite's side files take its mode. */
export function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // One that exists is not opened: closing any handle of a file drops every lock that this process has on it.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    chmodSync(path, 0o600);
  }
}

/** Opens a database whose commits are on the disk when they return. */
export function openDurable(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  return closedIfThrows(db, () => {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216");
    return db;
  });
}

/** Opens a database that this process will never change. */
export function openReadOnly(path: string): DatabaseSync {
  return new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly: true });
}

/** Runs `body`; closes the database when it throws. */
export function closedIfThrows<T>(db: DatabaseSync, body: () => T): T {
  try {
    return body();
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Runs `body` in one transaction, with errors translated: `write` is durable and all or nothing, `read` sees one moment. */
export function transaction<T>(db: DatabaseSync, kind: "read" | "write", body: () => T): T {
  if (!db.isOpen) throw storeUnavailable("closed", "the registry is closed");
  return translated(() => {
    db.exec(kind === "write" ? "BEGIN IMMEDIATE" : "BEGIN");
    try {
      const result = body();
      db.exec("COMMIT");
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK"); // on some errors SQLite has rolled back already
      throw error;
    }
  });
}
