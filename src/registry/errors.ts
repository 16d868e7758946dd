// The ways in which a store fails, closed so that callers can be exhaustive.

/**
 * `compacted`: the history asked for is gone. `fenced`: the lease is no longer the caller's. `unavailable`: not now, may
 * heal by itself. `locked`: another control uses the store. `corrupt`: the store is damaged, or no registry at all.
 * `incompatible`: a newer Portway wrote it.
 */
export type StoreErrorCode = "compacted" | "fenced" | "unavailable" | "locked" | "corrupt" | "incompatible";

/** Why a store is `unavailable`. */
export type UnavailableReason = "diskFull" | "io" | "busy" | "closed";

/** The only error that a store rejects with, but for TypeError when it is called wrongly. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** Set when, and only when, the code is `unavailable`. */
  readonly reason: UnavailableReason | undefined;

  constructor(code: StoreErrorCode, message: string, options: { reason?: UnavailableReason; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
  }
}

/** A store that cannot answer now, and why. */
export function storeUnavailable(reason: UnavailableReason, message: string, cause?: unknown): StoreError {
  return new StoreError("unavailable", message, { reason, cause });
}
