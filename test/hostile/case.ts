// One row of the corpus: bytes that a client sends, and what must come of them. Bytes are written one a character (latin1).

/** A request as the target gets it: what stays of it besides the headers that the gateway itself always sets. */
export interface Forwarded {
  readonly line: string;
  /** `Name: value`, in order. */
  readonly headers: readonly string[];
  readonly body: string;
}

export type Outcome =
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "forwarded"; readonly request: Forwarded }
  /** Not a whole request: nothing is answered or forwarded while the connection is open. */
  | { readonly kind: "waits" };

export interface HostileCase {
  readonly name: string;
  readonly bytes: string;
  /** One for each answer on the connection, in order. */
  readonly outcomes: readonly Outcome[];
}

export interface Group {
  readonly name: string;
  readonly cases: readonly HostileCase[];
}

export const waits: Outcome = { kind: "waits" };
/** 0: the answer has no status line (HTTP/0.9). */
export const refused = (status: number): Outcome => ({ kind: "refused", status });

/** `forwarded("GET /a", ["A: b"], "body")`. */
export function forwarded(start: string, headers: readonly string[] = [], body = ""): Outcome {
  return { kind: "forwarded", request: { line: `${start} HTTP/1.1`, headers, body } };
}

export function row(name: string, bytes: string, ...outcomes: readonly Outcome[]): HostileCase {
  return { name, bytes, outcomes };
}

export const hostLine = "Host: a.test\r\n";

/** A GET of `/` with these header lines, each with its own line end. */
export const withLines = (lines: string) => `GET / HTTP/1.1\r\n${hostLine}${lines}\r\n`;

export const get = (target: string) => `GET ${target} HTTP/1.1\r\n${hostLine}\r\n`;

/** A POST of `/` with these header lines, without the end of the last, and whatever follows the head. */
export const post = (lines: string, rest: string) => `POST / HTTP/1.1\r\n${hostLine}${lines}\r\n\r\n${rest}`;

export const chunked = (rest: string) => post("Transfer-Encoding: chunked", rest);
