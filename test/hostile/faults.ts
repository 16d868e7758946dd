// What nginx's error log must never hold.

/** The first line that tells of a crash, or of what nginx itself takes for grave; undefined: there is none. */
export function graveLine(errorLog: string): string | undefined {
  return /.*\[(alert|crit|emerg)\].*|.*exited on signal.*/.exec(errorLog)?.[0];
}

/** The first line of a worker that crashed; SIGKILL and SIGTERM are a test's own. */
export function crashLine(errorLog: string): string | undefined {
  return /.*exited on signal (?!9\b|15\b)\d+.*/.exec(errorLog)?.[0];
}
