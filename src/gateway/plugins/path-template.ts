// path: the target gets a path that is made of the request's values. Each value is one segment, or a part of one: what a
// target could read as more (a slash, an escape, a parameter) or as a way up refuses the request. nginx encodes the path anew,
// as it does in every named location, where requests of such a route go on.
import type { TemplateField } from "../../wire/edge-plugins.ts";
import { refusedSegment } from "../routing/path-decode.ts";
import { pathSegment } from "../routing/path-segment.ts";
import type { Read, Template } from "../template.ts";
import { compileTemplate, readers } from "../template.ts";
import type { Plugin } from "./plugin.ts";

const longest = 1024;

/** The value itself when it stays within one segment. */
function asSegment(value: string | undefined): string | undefined {
  if (value === undefined || value === "" || value.length > longest) return undefined;
  const [bad] = string.find(value, "[/\\;%%%c]");
  return bad === undefined ? value : undefined;
}

/** Reads a field for a path. Its own segments were judged with the whole path; they need not be ASCII. */
function segmentReader(from: TemplateField["from"]): Read {
  if (from !== "path") return (request, name) => asSegment(readers[from](request, name));
  return (request, name) => {
    const route = request.route;
    return route === undefined ? undefined : asSegment(pathSegment(route.paths, request.path, name));
  };
}

export const path: Plugin<"path", Template> = {
  name: "path",
  prepare: ({ path }) => compileTemplate(path, segmentReader),
  access: (request, template) => {
    const after = template(request);
    if (after === undefined || refusedSegment(after) !== undefined) {
      request.reason = "template";
      return 400;
    }
    ngx.req.set_uri(after, false, true);
    return 0;
  },
  // The access log tells of the client's path.
  answer: (request) => {
    ngx.req.set_uri(request.path, false, true);
  },
};
