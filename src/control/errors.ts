// Every failure as an AppError: what the store or a bug throws becomes one of the closed union's.
import { StoreError, type StoreErrorCode } from "../registry/errors.ts";
import { AppError, type ErrorCode } from "../wire/errors.ts";

const ofStore: Readonly<Record<StoreErrorCode, readonly [code: ErrorCode, hint: string]>> = {
  unavailable: ["storeUnavailable", "nothing was changed; hosts and requests go on, and control recovers by itself"],
  locked: ["storeUnavailable", "stop the other control first; there is one a registry"],
  fenced: ["storeUnavailable", "another control leads now; try again"],
  compacted: ["storeUnavailable", "try again"],
  corrupt: ["internal", "restore the registry from a backup; hosts and requests go on meanwhile"],
  incompatible: ["internal", "start the newer Portway, or restore a registry that this one wrote"],
};

/** The error as one that a person or program can be shown; undefined for a bug, of which only the log may tell. */
export function knownError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (!(error instanceof StoreError)) return undefined;
  const [code, hint] = ofStore[error.code];
  const message = error.reason === "diskFull" ? "the disk of the control host is full" : error.message;
  const help = error.reason === "diskFull" ? `free some space; ${hint}` : hint;
  return new AppError(code, message, { hint: help, cause: error });
}

/** The error as whoever asked is told of it. */
export const toldError = (error: unknown): AppError =>
  knownError(error) ?? new AppError("internal", "something went wrong in control", { hint: "its log says what" });
