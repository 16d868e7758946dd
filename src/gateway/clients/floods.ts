// Counts what HTTP/2 clients flood a worker with. nginx ends such a connection by itself, often before there is a request that a
// phase would see, and tells of it at `info` alone.
import { countFlood } from "../rare-counts.ts";
import { newLines } from "./log-ring.ts";

/**
 * nginx's words (ngx_http_v2.c) and the kind they are counted as. Looked for is the second part: its first letter is rare in what nginx
 * writes of every connection.
 */
const messages = [
  ["http2 ", "flood detected", "frames"],
  ["client sent too many ", "PRIORITY frames", "priorities"],
  ["client sent too ", "many streams at once", "streams"],
  ["client sent too ", "many refused streams", "streams"],
  ["client sent too large ", "header", "headers"],
] as const;

/** What stands before a message, from its line's start: what a client sent may hold the same words. */
const lineStart = "\n%d%d%d%d/%d%d/%d%d %d%d:%d%d:%d%d %[info%] %d+#%d+: %*%d+ ";
const longestStart = 100;

/** The kind of each flood in lines of nginx's log. */
export function floodsIn(lines: string): string[] {
  const kinds: string[] = [];
  const text = `\n${lines}`;
  for (const [before, words, kind] of messages) {
    let [at] = string.find(text, words, 1, true);
    while (at !== undefined) {
      const start = string.sub(text, Math.max(1, at - longestStart), at - 1);
      const [found] = string.find(start, `${lineStart}${before}$`);
      if (found !== undefined) kinds.push(kind);
      [at] = string.find(text, words, at + words.length, true);
    }
  }
  return kinds;
}

/** Once in a tick. */
export function countFloods(): void {
  const lines = newLines();
  if (lines === undefined) return;
  for (const kind of floodsIn(lines)) countFlood(kind);
}
