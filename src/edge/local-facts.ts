// What making nginx's objects asks of this host, and how it says what it could not use.
import type { Warning } from "../wire/warnings.ts";
import type { NamesFact } from "./names/fill-targets.ts";

export interface LocalFacts extends NamesFact {
  /** A file's text; throws what the system says when it cannot be read. */
  readonly read: (path: string) => string;
  readonly selfSigned: (name: string) => Promise<{ readonly certificatePem: string; readonly keyPem: string }>;
  readonly nowMs: number;
}

export function localWarning(
  code: string,
  subject: string,
  text: string,
  hint: string,
  severity: Warning["severity"] = "warning",
): Warning {
  return { code, severity, subject, text, hint };
}

const readFaults: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "the user that the edge runs as may not read it",
};

/** Why a file of the edge could not be read, as a warning says it. */
export function unreadable(error: unknown): string {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return readFaults[code] ?? `it cannot be read (${code})`;
}

/** What `work` reads, or why it cannot. */
export function attempt<T>(
  work: () => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string } {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return { ok: false, reason: unreadable(error) };
  }
}
