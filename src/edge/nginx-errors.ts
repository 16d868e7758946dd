// Why nginx refused a configuration, from what it wrote.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

const mostBytes = 64 * 1024;
/** `nginx: [emerg] text` of a test, `2026/01/31 23:59:59 [emerg] 7#7: text` of a log. */
const refusal = /\[emerg\] (?:\d+#\d+: )?(.*)|(init_by_lua error: .*)/;

/** The reasons in a text, without those that nginx still tries to overcome; undefined when it refused nothing. */
export function refusalIn(text: string): string | undefined {
  const reasons = text.split("\n").flatMap((line) => {
    const match = refusal.exec(line);
    return match ? [match[1] ?? match[2]!] : [];
  });
  const isFinal = reasons.some((reason) => !reason.startsWith("bind() to "));
  // "still could not bind()" is the end of it, the lines before say where.
  const telling = reasons.filter((reason) => !reason.startsWith("still could not bind"));
  return isFinal ? [...new Set(telling)].join("; ") || reasons[0] : undefined;
}

/**
 * Whether a test failed only because the tester may not bind low ports: nginx binds them last, all else is well. Where a
 * service manager gives that right to nginx alone, the reload itself tells whether the ports are free.
 */
export function lacksOnlyTheRightToBind(text: string): boolean {
  const reasons = text.split("\n").flatMap((line) => refusal.exec(line)?.[1] ?? []);
  return reasons.length > 0 && reasons.every((reason) => /^bind\(\) to \S+ failed \(13: /.test(reason));
}

/** How far a log has come; 0 when there is none. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What a log got since it had `known` bytes; all of it when it was begun anew meanwhile. */
export function logSince(path: string, known: number): string {
  const size = logSize(path);
  const from = size < known ? 0 : known;
  if (size <= from) return "";
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(Math.min(mostBytes, fstatSync(file).size - from));
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, from));
  } finally {
    closeSync(file);
  }
}
