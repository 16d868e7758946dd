// What HTTP/2 clients flood a worker with. nginx ends such a connection by itself, often before there is a request that a
// phase would see, and tells of it at `info` alone.

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
const lineStart = "\n%d%d%d%d/%d%d/%d%d %d%d:%d%d:%d%d %[info%] %d+#%d+: %*(%d+) ";
const longestStart = 100;

/** What follows: nginx's own words, then whose connection it is. An address of a unix socket is none. */
const lineEnd = "^[%w/ ]*, client: ([%x.:]+), server: ";
const longestEnd = 120;

export interface Seen {
  readonly kind: string;
  /** The address that the connection comes from; empty: not known. */
  readonly client: string;
  /** nginx's number of that connection, of which it may tell several times. */
  readonly connection: string;
}

/** Each flood in lines of nginx's log. */
export function floodsIn(lines: string): Seen[] {
  const floods: Seen[] = [];
  const text = `\n${lines}`;
  for (const [before, words, kind] of messages) {
    let [at] = string.find(text, words, 1, true);
    while (at !== undefined) {
      const start = string.sub(text, Math.max(1, at - longestStart), at - 1);
      const [connection] = string.match(start, `${lineStart}${before}$`);
      const after = at + words.length;
      if (connection !== undefined) {
        const [client] = string.match(string.sub(text, after, after + longestEnd), lineEnd);
        floods.push({ kind, client: client ?? "", connection });
      }
      [at] = string.find(text, words, after, true);
    }
  }
  return floods;
}
