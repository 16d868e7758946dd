// What SQLite and the file system throw, put into the terms of every store.
import { StoreError, storeUnavailable } from "./errors.ts";

/** Result codes of sqlite3.h: what went wrong. Extended codes have one of these in their low byte. */
const sqlite = {
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const;

/** SQLITE_IOERR_SHMSIZE: the index of the WAL could not grow, which happens on a full disk alone. */
const growingShm = sqlite.io + 19 * 256;

/** Runs `body`; failures of the store come out as StoreError, a mistake of ours as it is. */
export function translated<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw translate(error);
  }
}

/** Whether another connection holds what was asked for. */
export function isBusy(error: unknown): boolean {
  return (sqliteCode(error) ?? 0) % 256 === sqlite.busy;
}

function translate(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return isFileError(error) ? ofFile(error) : error;
  const { message } = error as Error;
  if (code === growingShm) return storeUnavailable("diskFull", "the disk is full", error);
  switch (code % 256) {
    case sqlite.full:
      return storeUnavailable("diskFull", "the disk is full", error);
    case sqlite.busy:
    case sqlite.locked:
      return storeUnavailable("busy", "another process holds the registry's database", error);
    case sqlite.corrupt:
    case sqlite.notADatabase:
      return new StoreError("corrupt", `the registry's database is damaged: ${message}`, { cause: error });
    case sqlite.permission:
    case sqlite.noMemory:
    case sqlite.readOnly:
    case sqlite.io:
    case sqlite.cannotOpen:
    case sqlite.protocol:
      return storeUnavailable("io", `the registry's database cannot be used: ${message}`, error);
    default:
      return error;
  }
}

function ofFile(error: NodeJS.ErrnoException): StoreError {
  const full = error.code === "ENOSPC" || error.code === "EDQUOT";
  if (full) return storeUnavailable("diskFull", "the disk is full", error);
  return storeUnavailable("io", `the registry's files cannot be used: ${error.message}`, error);
}

function sqliteCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code === "ERR_SQLITE_ERROR" ? errcode : undefined;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}
