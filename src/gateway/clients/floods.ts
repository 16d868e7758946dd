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

/** What stands before a message, from its line's start. */
const lineStart = "\n%d%d%d%d/%d%d/%d%d %d%d:%d%d:%d%d %[info%] (%d+)#%d+: %*(%d+) ";
const longestStart = 100;

/** What follows: nginx's own words, then whose connection it is. An address of a unix socket is none. */
const lineEnd = "^[%w/ ]*, client: ([%x.:]+), server: ";
const longestEnd = 120;

/** NGX_MAX_ERROR_STR: nginx writes no longer message. */
const longestMessage = 2048;

/** Quoted behind a message, once nginx has looked through them for ends of lines. */
const lookedThrough: Readonly<Record<string, boolean | undefined>> = { request: true, host: true, upstream: true };

export interface Seen {
  readonly kind: string;
  /** The address that the connection comes from; empty: not known. */
  readonly client: string;
  /** nginx's number of that connection, of which it may tell several times. */
  readonly connection: string;
}

/** Each flood in lines of the log of the nginx process `pid`; `isCut`: the first of them lack what stood before. */
export function floodsIn(lines: string, pid: number, isCut: boolean): Seen[] {
  const floods: Seen[] = [];
  const text = `\n${lines}`;
  for (const [before, words, kind] of messages) {
    let [at] = string.find(text, words, 1, true);
    while (at !== undefined) {
      const from = Math.max(1, at - longestStart);
      const [start, , writer, connection] = string.find(string.sub(text, from, at - 1), `${lineStart}${before}$`);
      const after = at + words.length;
      if (start !== undefined && writer === tostring(pid) && isOwnLine(text, from + start - 1, isCut)) {
        const [client] = string.match(string.sub(text, after, after + longestEnd), lineEnd);
        floods.push({ kind, client: client ?? "", connection: connection as string });
      }
      [at] = string.find(text, words, after, true);
    }
  }
  return floods;
}

/**
 * Whether the line behind the line's end at `at` cannot be a part of a message that began before it: nginx repeats what clients send, ends
 * of lines too (ngx_http_v2_validate_header), so that a line may be a client's words.
 */
function isOwnLine(text: string, at: number, isCut: boolean): boolean {
  if (isCut && at <= longestMessage) return false;
  let [end] = string.find(text, "\n", Math.max(1, at - longestMessage), true);
  while (end !== undefined && end < at) {
    const [next] = string.find(text, "\n", end + 1, true);
    if (repeatsWords(string.sub(text, end + 1, next))) return false;
    end = next;
  }
  return true;
}

/** Whether a message that starts with this line may hold what others sent: nginx quotes it, what Lua writes may not. */
function repeatsWords(line: string): boolean {
  const [quote] = string.find(line, '"', 1, true);
  const own = quote === undefined ? line : string.sub(line, 1, quote - 1);
  const [lua] = string.find(own, "lua", 1, true);
  if (lua !== undefined) return true;
  if (quote === undefined) return false;
  const [what] = string.match(own, ", (%l+): $");
  return what === undefined || lookedThrough[what] === undefined;
}
