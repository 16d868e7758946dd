// Methods by the bit that nginx knows them by.

const names: Record<number, string | undefined> = {
  2: "GET",
  4: "HEAD",
  8: "POST",
  16: "PUT",
  32: "DELETE",
  64: "MKCOL",
  128: "COPY",
  256: "MOVE",
  512: "OPTIONS",
  1024: "PROPFIND",
  2048: "PROPPATCH",
  4096: "LOCK",
  8192: "UNLOCK",
  16384: "PATCH",
};

/** A method by its bit; undefined for one that nginx does not know. */
export function methodName(bit: number): string | undefined {
  const name = names[bit];
  return name;
}

/** Methods whose requests may be repeated although a target had them (RFC 9110 section 9.2.2). */
export const isIdempotent: Readonly<Record<string, boolean | undefined>> = {
  GET: true,
  HEAD: true,
  OPTIONS: true,
  PUT: true,
  DELETE: true,
};

/**
 * True when a request may go to another target after the first failed. Idempotent methods (RFC 9110 section 9.2.2) may
 * always. POST, PATCH and LOCK may because nginx itself holds them back once they were sent; it does not know to do so
 * with other methods.
 */
export const mayRetry: Readonly<Record<string, boolean | undefined>> = {
  GET: true,
  HEAD: true,
  OPTIONS: true,
  PUT: true,
  DELETE: true,
  POST: true,
  PATCH: true,
  LOCK: true,
};
