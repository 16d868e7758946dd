// What SQLite and the file system under it need: private files, settings, transactions, and errors put into our terms.
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError, storeUnavailable } from "./errors.ts";

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

/** Runs `body`; what SQLite or the file system throws comes out as StoreError, a mistake of ours as it is. */
export function translated<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw translate(error);
  }
}

/** Whether another connection holds what was asked for. */
export function isBusy(error: unknown): boolean {
  return (sqliteCode(error) ?? 0) % 256 === 5;
}

/** Codes of sqlite3.h; the low byte says what went wrong, the rest where. */
function translate(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return isFileError(error) ? ofFile(error) : error;
  const message = (error as Error).message;
  if (code === ioErrorGrowingShm) return storeUnavailable("diskFull", "the disk is full", error);
  switch (code % 256) {
    case 13: // FULL
      return storeUnavailable("diskFull", "the disk is full", error);
    case 5: // BUSY
    case 6: // LOCKED
      return storeUnavailable("busy", "another process holds the registry's database", error);
    case 11: // CORRUPT
    case 26: // NOTADB
      return new StoreError("corrupt", `the registry's database is damaged: ${message}`, { cause: error });
    case 3: // PERM
    case 7: // NOMEM
    case 8: // READONLY
    case 10: // IOERR
    case 14: // CANTOPEN
    case 15: // PROTOCOL
      return storeUnavailable("io", `the registry's database cannot be used: ${message}`, error);
    default:
      return error;
  }
}

/** SQLITE_IOERR_SHMSIZE: the index of the WAL could not grow, which happens on a full disk alone. */
const ioErrorGrowingShm = 10 + 19 * 256;

function ofFile(error: NodeJS.ErrnoException): StoreError {
  if (error.code === "ENOSPC" || error.code === "EDQUOT")
    return storeUnavailable("diskFull", "the disk is full", error);
  return storeUnavailable("io", `the registry's files cannot be used: ${error.message}`, error);
}

function sqliteCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code === "ERR_SQLITE_ERROR" ? errcode : undefined;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}
