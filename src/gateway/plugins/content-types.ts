// contentTypes: a request that names another type than the route takes, or that has a body and names none, is refused with
// 415.
import type { MediaTypes } from "../media-types.ts";
import { isListed, mediaTypes } from "../media-types.ts";
import type { Pointer } from "../request.ts";
import { currentRequest, variable } from "../request.ts";
import type { Plugin } from "./plugin.ts";

/** A body may come without its length: chunked, or by HTTP/2 with a method that has one. */
function mayHaveBody(pointer: Pointer, method: string): boolean {
  const length = variable(pointer, "content_length");
  if (length !== undefined && length !== "") return length !== "0";
  if (variable(pointer, "http_transfer_encoding") !== undefined) return true;
  return variable(pointer, "server_protocol") === "HTTP/2.0" && method !== "GET" && method !== "HEAD";
}

export const contentTypes: Plugin<"contentTypes", MediaTypes> = {
  name: "contentTypes",
  prepare: ({ types }) => mediaTypes(types),
  access: (request, types) => {
    const pointer = currentRequest();
    const header = variable(pointer, "content_type");
    if (header === undefined || header === "") {
      if (!mayHaveBody(pointer, request.method)) return 0;
      request.reason = "untyped";
      return 415;
    }
    if (isListed(types, header)) return 0;
    request.reason = "type";
    return 415;
  },
};
