// Every error a person or program can meet, as a closed union of codes; RFC 9457 problem details on the wire.

/** HTTP status of each code; docs/errors.md explains each (a test compares the two). */
export const errorStatus = {
  invalidRequest: 400,
  invalidSpec: 422,
  invalidInventory: 422,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  staleRevision: 409,
  cutsOffControl: 409,
  registryNotEmpty: 409,
  hostNameTaken: 409,
  publicKeyTaken: 409,
  rangeOverlap: 409,
  identityInUse: 409,
  hostRemoved: 403,
  tokenInvalid: 401,
  tokenExpired: 401,
  tokenUsed: 401,
  wrongAuthority: 421,
  tooLarge: 413,
  tooManyRequests: 429,
  storeUnavailable: 503,
  unreachable: 503,
  notRunning: 503,
  commandFailed: 500,
  usage: 400,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** An error with a sentence for the person (`message`), what to do about it (`hint`) and a stable code. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Further facts for programs, for example the issues of an invalid spec. */
  readonly details: unknown;
  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown; details?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** application/problem+json (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint?: string;
  readonly details?: unknown;
}

export function toProblem(error: AppError): Problem {
  return {
    type: `urn:portway:error:${error.code}`,
    title: error.code,
    status: errorStatus[error.code],
    code: error.code,
    detail: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.details !== undefined && { details: error.details }),
  };
}

/** The error that a problem document describes; unknown codes become `internal`. */
export function fromProblem(problem: Partial<Problem>): AppError {
  const code = problem.code !== undefined && problem.code in errorStatus ? problem.code : "internal";
  return new AppError(code, problem.detail ?? "the server gave no reason", {
    ...(problem.hint !== undefined && { hint: problem.hint }),
    ...(problem.details !== undefined && { details: problem.details }),
  });
}
