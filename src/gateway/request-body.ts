// Bodies of requests, before they go to a target: how large they are, and what is in them.
import { pause, resume } from "./own-time.ts";
import { recordOf } from "./record.ts";
import type { Pointer } from "./request.ts";
import { identity, variable } from "./request.ts";

/** The length that the request declares; undefined when it does not. */
function declaredLength(request: Pointer): number | undefined {
  const declared = variable(request, "content_length");
  return declared === undefined || declared === "" ? undefined : Number(declared);
}

/** A body may come without its length: chunked, or by HTTP/2 with a method that has one. */
export function mayHaveBody(request: Pointer, method: string): boolean {
  const length = declaredLength(request);
  if (length !== undefined) return length !== 0;
  if (variable(request, "http_transfer_encoding") !== undefined) return true;
  return variable(request, "server_protocol") === "HTTP/2.0" && method !== "GET" && method !== "HEAD";
}

/** nginx reads it; the worker goes on with others meanwhile. */
function waitForBody(request: Pointer): void {
  const timing = recordOf(identity(request))?.timing;
  if (timing !== undefined) pause(timing);
  ngx.req.read_body();
  if (timing !== undefined) resume(timing);
}

/** True when the request's body is larger than a route allows. One of unknown length is read first: it is buffered anyway. */
export function bodyTooLarge(request: Pointer, mostBytes: number): boolean {
  const declared = declaredLength(request);
  if (declared !== undefined) return declared > mostBytes;
  waitForBody(request);
  const body = ngx.req.get_body_data();
  if (body !== undefined) return body.length > mostBytes;
  const path = ngx.req.get_body_file();
  if (path === undefined) return false;
  const [file] = io.open(path, "rb");
  const bytes = file?.seek("end")[0] ?? 0;
  file?.close();
  return bytes > mostBytes;
}

/** The whole body, empty when there is none; undefined when it is larger than that. It goes on to the target all the same. */
export function readBody(request: Pointer, mostBytes: number): string | undefined {
  if ((declaredLength(request) ?? 0) > mostBytes) return undefined;
  waitForBody(request);
  const body = ngx.req.get_body_data();
  if (body !== undefined) return body.length > mostBytes ? undefined : body;
  const path = ngx.req.get_body_file();
  return path === undefined ? "" : readFile(path, mostBytes);
}

/** What nginx had no room for in memory. */
function readFile(path: string, mostBytes: number): string | undefined {
  const [file] = io.open(path, "rb");
  if (file === undefined) return undefined;
  const bytes = file.read(mostBytes + 1);
  file.close();
  return bytes === undefined || bytes.length > mostBytes ? undefined : bytes;
}
