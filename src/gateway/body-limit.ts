// Limits on bodies below nginx's own, which is the highest of all routes.
import type { Pointer } from "./request.ts";
import { variable } from "./request.ts";

/** True when the request's body is larger than a route allows. One of unknown length is read first: it is buffered anyway. */
export function bodyTooLarge(request: Pointer, mostBytes: number): boolean {
  const declared = variable(request, "content_length");
  if (declared !== undefined && declared !== "") return Number(declared) > mostBytes;
  ngx.req.read_body();
  const body = ngx.req.get_body_data();
  if (body !== undefined) return body.length > mostBytes;
  const path = ngx.req.get_body_file();
  if (path === undefined) return false;
  const [file] = io.open(path, "rb");
  const bytes = file?.seek("end")[0] ?? 0;
  file?.close();
  return bytes > mostBytes;
}
