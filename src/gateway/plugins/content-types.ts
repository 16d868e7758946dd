// contentTypes: a request that names another type than the route takes, or that has a body and names none, is refused with
// 415. Types are compared without their parameters, in any case (RFC 9110 section 8.3).
import type { Pointer } from "../request.ts";
import { currentRequest, variable } from "../request.ts";
import type { Plugin } from "./plugin.ts";

interface Ready {
  readonly types: Record<string, boolean | undefined>;
  /** Headers that were looked up before, and whether they may. */
  known: Record<string, boolean | undefined>;
  count: number;
}

const mostKnown = 1000;

function lookUp(ready: Ready, header: string): boolean {
  if (ready.count >= mostKnown) {
    ready.known = {};
    ready.count = 0;
  }
  const [type, kind] = string.match(string.lower(header), "^[ \t]*(([^ \t;,/]+)/[^ \t;,]+)[ \t]*$");
  const [first, firstKind] = string.match(string.lower(header), "^[ \t]*(([^ \t;,/]+)/[^ \t;,]+)[ \t]*;[^,]*$");
  const name = type ?? first;
  const isTaken =
    name !== undefined && (ready.types[name] !== undefined || ready.types[`${kind ?? firstKind}/*`] !== undefined);
  ready.known[header] = isTaken;
  ready.count++;
  return isTaken;
}

/** A body may come without its length: chunked, or by HTTP/2 with a method that has one. */
function mayHaveBody(pointer: Pointer, method: string): boolean {
  const length = variable(pointer, "content_length");
  if (length !== undefined && length !== "") return length !== "0";
  if (variable(pointer, "http_transfer_encoding") !== undefined) return true;
  return variable(pointer, "server_protocol") === "HTTP/2.0" && method !== "GET" && method !== "HEAD";
}

export const contentTypes: Plugin<"contentTypes", Ready> = {
  name: "contentTypes",
  prepare: ({ types }) => {
    const table: Record<string, boolean | undefined> = {};
    for (const type of types) table[type] = true;
    return { types: table, known: {}, count: 0 };
  },
  access: (request, ready) => {
    const pointer = currentRequest();
    const header = variable(pointer, "content_type");
    if (header === undefined || header === "") {
      if (!mayHaveBody(pointer, request.method)) return 0;
      request.reason = "untyped";
      return 415;
    }
    const known = ready.known[header];
    const isTaken = known === undefined ? lookUp(ready, header) : known;
    if (isTaken) return 0;
    request.reason = "type";
    return 415;
  },
};
