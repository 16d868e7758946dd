// In which form a client wants to read an error: gRPC where it speaks that, otherwise what `Accept` prefers (RFC 9110
// section 12.5.1) of problem+json, HTML and plain text.
import { qualityOf } from "./quality.ts";

export type ErrorForm = "grpc" | "json" | "html" | "text";

/** How exactly a range names a type: 0 not at all, 3 in full. */
function exactness(range: string, type: string): number {
  if (range === type) return 3;
  if (range === "*/*") return 1;
  return range === `${type.substring(0, type.indexOf("/"))}/*` ? 2 : 0;
}

/** 0 to 1: how much an Accept header wants a type; the range that names it most exactly counts. */
function wish(accept: string, type: string): number {
  let best = 0;
  let quality = 0;
  for (const part of accept.split(",")) {
    const pieces = part.split(";");
    const found = exactness(pieces[0]!.trim().toLowerCase(), type);
    if (found <= best) continue;
    best = found;
    quality = qualityOf(pieces.slice(1));
  }
  return quality;
}

/** `accept` longer than this is not read. */
const mostAccept = 1024;

/** The form for a request with these headers; JSON unless it says that it prefers another. */
export function errorForm(contentType: string | undefined, accept: string | undefined): ErrorForm {
  if (contentType?.startsWith("application/grpc")) return "grpc";
  if (accept === undefined || accept === "" || accept === "*/*" || accept.length > mostAccept) return "json";
  const json = Math.max(wish(accept, "application/problem+json"), wish(accept, "application/json"));
  const html = wish(accept, "text/html");
  const text = wish(accept, "text/plain");
  if (html > json && html >= text) return "html";
  return text > json ? "text" : "json";
}

/**
 * The gRPC status that stands for an HTTP one: the table of gRPC's own clients, but for three that gRPC has a better word
 * for: a limit was reached (8), a time is over (4).
 */
const grpcStatuses: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  405: 12,
  408: 4,
  413: 8,
  421: 14,
  422: 3,
  429: 8,
  431: 8,
  500: 13,
  501: 12,
  502: 14,
  503: 14,
  504: 4,
};

export function grpcStatus(status: number): number {
  return grpcStatuses[status] ?? 2;
}
