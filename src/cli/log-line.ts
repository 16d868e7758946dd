// A program's log line as a person reads it: time, program, message, then the fields.
import type { Palette } from "./colour.ts";

interface LogRecord {
  readonly level?: string;
  readonly time?: string;
  readonly program?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** Whether the line is a warning or an error, or no record at all (then it is a program's last words). */
export function isLoud(line: string): boolean {
  const record = parse(line);
  return record === undefined || record.level === "warn" || record.level === "error";
}

/** One readable line; text that is not a record comes through as it is, with the program's name in front if one is given. */
export function readableLine(line: string, colour: Palette, program = ""): string {
  const record = parse(line);
  if (record === undefined) return program === "" ? line : `${colour.dim(program)}  ${line}`;
  const { level, time, program: name, msg = "", ...fields } = record;
  const paint = level === "error" ? colour.bad : level === "warn" ? colour.warn : (text: string) => text;
  const words = Object.entries(fields).map(([key, value]) => colour.dim(`${key}=${textOf(value)}`));
  return [colour.dim(`${clockOf(time)} ${(name ?? program).padEnd(7)}`), paint(msg), ...words].join("  ").trimEnd();
}

/** The line as a JSON object: a record as it is, other text with the program that wrote it. */
export const recordLine = (line: string, program: string): string =>
  parse(line) === undefined ? JSON.stringify({ program, text: line }) : line;

/** Lines of several programs in the order of their times; a line without one stays below the line before it. */
export function byTime(lines: readonly string[]): string[] {
  let last = "";
  const timed = lines.map((line) => {
    last = parse(line)?.time ?? last;
    return { line, time: last };
  });
  return timed.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time))).map(({ line }) => line);
}

function parse(line: string): LogRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
}

/** Hours, minutes and seconds where the person is. */
function clockOf(time: string | undefined): string {
  const at = new Date(time ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? "--:--:--" : at.toTimeString().slice(0, 8);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
  const { message } = (value ?? {}) as { message?: unknown };
  return JSON.stringify(typeof message === "string" ? message : value);
}
