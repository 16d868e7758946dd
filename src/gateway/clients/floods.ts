// Counts what HTTP/2 clients flood a worker with. nginx ends such a connection by itself, often before there is a request that a
// phase would see, and tells of it at `info` alone.
import { countFlood } from "../rare-counts.ts";
import { newLines } from "./log-ring.ts";

/** nginx's words (ngx_http_v2.c), and the kind they are counted as. */
const messages = [
  ["http2 flood detected", "frames"],
  ["client sent too many PRIORITY frames", "priorities"],
  ["client sent too many streams at once", "streams"],
  ["client sent too many refused streams", "streams"],
  ["client sent too large header", "headers"],
] as const;

/** What stands before a message, from its line's start: what a client sent may hold the same words. */
const lineStart = "\n%d%d%d%d/%d%d/%d%d %d%d:%d%d:%d%d %[info%] %d+#%d+: %*%d+ $";
const longestStart = 100;

/** The kind of each flood in lines of nginx's log. */
export function floodsIn(lines: string): string[] {
  const kinds: string[] = [];
  const text = `\n${lines}`;
  for (const [message, kind] of messages) {
    let [at] = string.find(text, message, 1, true);
    while (at !== undefined) {
      const before = string.sub(text, Math.max(1, at - longestStart), at - 1);
      const [start] = string.find(before, lineStart);
      if (start !== undefined) kinds.push(kind);
      [at] = string.find(text, message, at + message.length, true);
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
