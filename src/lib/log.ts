// Structured logs to standard error, one JSON object a line (pino); `pretty` is for a person in the foreground.
import { pino } from "pino";

export interface Log {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
  readonly child: (fields: object) => Log;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** A log of one program; secrets never reach it (their keys are redacted as a second line of defence). */
export function createLog(program: string, level: LogLevel = "info"): Log {
  const redact = ["privateKey", "token", "secret", "authorization", "*.privateKey", "*.token", "*.secret"];
  return pino(
    {
      level,
      base: { program },
      redact,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** Says nothing: for tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
