// contentTypes: a request that names another type than the route takes, or that has a body and names none, is refused with
// 415.
import type { MediaTypes } from "../media-types.ts";
import { isListed, mediaTypes } from "../media-types.ts";
import { currentRequest, variable } from "../request.ts";
import { mayHaveBody } from "../request-body.ts";
import type { Plugin } from "./plugin.ts";

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
