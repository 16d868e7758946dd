// What a route answers itself (a redirect, a fixed response, that it is closed for maintenance), and where it sends requests
// in place of what they ask for.
import { z } from "zod";
import { isDnsName } from "../../net/dns-name.ts";
import { addFault, choice, flag, integer, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { formatPathMatch, parsePath } from "../matching.ts";
import { checkHeaderName, isHeaderValue } from "../plugins/header-names.ts";
import { durationSeconds } from "../quantities.ts";
import type { PathMatch } from "../route-types.ts";

const redirectStatuses = [301, 302, 303, 307, 308] as const;
const statusHint = "write 301, 302, 303, 307 or 308";
const redirectHint = 'write { host: www.example.com }, { path: /new } or { prefix: "/new/" }';
const hostHint = "write a name such as www.example.com, with :8443 where the port is not the usual one";

/** A lower-case name, with or without a port. */
function checkAuthority(text: string): string | Fault {
  const [, name = "", port = "443"] = /^([^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const fault = (reason: string, hint = hostHint) => new Fault("invalidHost", `${quote(text)} ${reason}`, hint);
  if (/^https?:\/\//.test(text)) return fault("is a URL", "write the name under host, and the scheme under scheme");
  if (text.includes("/")) return fault("has a path in it", "write the path under path");
  if (isDnsName(name) && Number(port) >= 1 && Number(port) <= 65535) return text;
  return isDnsName(name.toLowerCase())
    ? fault(name === name.toLowerCase() ? "has no usable port" : "is not in lower case", hostHint)
    : fault("is not a host name");
}

/** A path without segments that stand for any. */
function checkLiteral(text: string): PathMatch | Fault {
  const path = parsePath(text);
  if (path instanceof Fault) return path;
  const fault = (reason: string, hint: string) => new Fault("invalidPath", `the path ${quote(text)} ${reason}`, hint);
  if (text.includes("*")) return fault("has a star in it", "write prefix: /new/ to keep what follows");
  if (text.includes("{")) return fault("names a segment", "write the path as clients and services see it");
  return path;
}

const targetPath = (description: string) =>
  parsed({ description, hint: "write a path such as /new", pattern: /^\// }, (text) => {
    const path = checkLiteral(text);
    return path instanceof Fault ? path : formatPathMatch(path);
  });

/** Without its last slash. */
const targetPrefix = (description: string) =>
  parsed({ description, hint: "write a prefix such as /new/", pattern: /^\/(.*\/)?$/ }, (text) => {
    const path = checkLiteral(text);
    if (path instanceof Fault || path.kind === "prefix") return path instanceof Fault ? path : path.path;
    return new Fault("invalidPath", `the prefix ${quote(text)} does not end with /`, `write ${text}/`);
  });

export const redirectSchema = mapping(
  {
    status: z
      .literal(redirectStatuses, { error: statusHint })
      .meta({ description: "307 and 308 keep the method; browsers remember 301 and 308." })
      .prefault(307),
    scheme: choice(["http", "https"], "The scheme; that of the request unless told.").optional(),
    host: parsed(
      { description: "The host, and its port; that of the request unless told.", hint: hostHint },
      checkAuthority,
    ).optional(),
    path: targetPath("The whole path, in place of the request's.").optional(),
    prefix: targetPrefix("In place of what the route's path names; what follows stays.").optional(),
  },
  "Sends clients elsewhere; the query goes along.",
  redirectHint,
).superRefine(({ scheme, host, path, prefix }, context) => {
  const fault = (message: string, hint: string, at: string[]) =>
    addFault(context, new Fault("contradiction", message, hint), at);
  if (path !== undefined && prefix !== undefined)
    fault("a redirect has path or prefix, not both", "keep one", ["prefix"]);
  if (host === undefined && path === undefined && prefix === undefined) {
    const hint = scheme === undefined ? redirectHint : "edge.http.redirect sends all of http to https";
    fault("this redirect leads to where it came from", hint, []);
  }
});

const rewriteHint = "write { prefix: / }, { path: /new } or { host: internal.example.com }";

export const rewriteSchema = mapping(
  {
    host: parsed({ description: "The host that the service gets.", hint: hostHint }, checkAuthority).optional(),
    path: targetPath("The whole path that the service gets.").optional(),
    prefix: targetPrefix(
      "What the service gets in place of what the route's path names; what follows stays.",
    ).optional(),
  },
  "What the service gets in place of what the client asked for; the query goes along.",
  rewriteHint,
).superRefine(({ host, path, prefix }, context) => {
  const fault = (message: string, hint: string, at: string[]) =>
    addFault(context, new Fault("contradiction", message, hint), at);
  if (path !== undefined && prefix !== undefined)
    fault("a rewrite has path or prefix, not both", "keep one", ["prefix"]);
  if (host === undefined && path === undefined && prefix === undefined)
    fault("this rewrite changes nothing", rewriteHint, []);
});

const maxBodyBytes = 64 * 1024;
const bodyHint = "write text of up to 64 KiB";
const headerHint = "write the header's value; put numbers and words like true in quotes";
const headerKey = z.string().superRefine((text, context) => {
  const checked = checkHeaderName(text);
  if (checked instanceof Fault) addFault(context, checked);
});
const headerValue = parsed({ description: "The header's value.", hint: headerHint }, (text) =>
  isHeaderValue(text)
    ? text
    : new Fault(
        "invalidHeader",
        "this is no value of a header",
        "use visible ASCII characters, with spaces between them",
      ),
);

export const respondSchema = mapping(
  {
    status: integer(200, 599, "The status.").prefault(200),
    headers: z
      .record(headerKey, headerValue, { error: "write `Name: value`, one for each" })
      .meta({ description: "Headers; text/plain unless Content-Type is told." })
      .prefault({}),
    body: parsed({ description: "The body, up to 64 KiB.", hint: bodyHint }, (text) => {
      const bytes = Buffer.byteLength(text);
      if (bytes <= maxBodyBytes) return text;
      return new Fault(
        "outOfRange",
        `a body of ${bytes} bytes is too large`,
        "keep it below 64 KiB, or let a service answer",
      );
    }).prefault(""),
  },
  "Answers with this, without a service.",
  'write { status: 200, body: "ok" }',
).superRefine(({ status, headers, body }, context) => {
  if (body !== "" && [204, 205, 304].includes(status))
    addFault(context, new Fault("contradiction", `an answer of ${status} has no body`, "take the body out"), ["body"]);
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    if (seen.has(name.toLowerCase()))
      addFault(context, new Fault("duplicateEntry", `${name} is named twice`, "keep one"), ["headers", name]);
    seen.add(name.toLowerCase());
  }
});

const maintenanceHint = "write true, or { retryAfter: 10m }";

export const maintenanceSchema = z
  .union(
    [
      flag("Whether the route is closed."),
      mapping(
        { retryAfter: durationSeconds("When clients may come back.", "1s", "30d").prefault("5m") },
        "Closed, and until when about.",
        maintenanceHint,
      ),
    ],
    { error: maintenanceHint },
  )
  .meta({ description: "Answers 503 with Retry-After instead of asking the service." });
