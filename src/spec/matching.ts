// What a route matches on: host names, paths, methods.
import { isDnsName } from "../net/dns-name.ts";
import { parseEndpoint } from "../net/endpoint.ts";
import { Fault, quote } from "./issue.ts";
import type { PathMatch } from "./route-types.ts";

const hostHint = "write a name such as api.example.com, *.example.com, or * for any";

/** A lower-case name, `*.example.com` or `*`. */
export function checkHostPattern(text: string): string | Fault {
  const name = text.startsWith("*.") ? text.slice(2) : text;
  if (text === "*" || isDnsName(name)) return text;
  const fault = (reason: string, hint: string) => new Fault("invalidHost", `${quote(text)} ${reason}`, hint);
  if (isDnsName(name.toLowerCase())) return fault("is not in lower case", `write ${text.toLowerCase()}`);
  if (/^https?:\/\//.test(text)) return fault("is a URL", "write the host name alone");
  if (text.includes("/")) return fault("has a path in it", "write the host name alone; paths go to `paths`");
  const endpoint = parseEndpoint(text, 0);
  if (endpoint && endpoint.port !== 0)
    return fault("has a port in it", `write ${endpoint.host}: the ports are those of \`edge\``);
  if (endpoint) return fault("is an address, and routes match names", "write a name, or * for any");
  if (name.endsWith(".")) return fault("ends with a dot", `write ${text.replace(/\.+$/, "")}`);
  return fault("is not a host name", hostHint);
}

const maxPathLength = 1024;

/**
 * `/orders/` and `/orders/*` are prefixes on a segment boundary, `/orders` is exact, `/` is everything; a segment `{name}`
 * stands for any.
 */
export function parsePath(text: string): PathMatch | Fault {
  const fault = (reason: string, hint: string) => new Fault("invalidPath", `the path ${quote(text)} ${reason}`, hint);
  if (!text.startsWith("/")) return fault("does not start with /", `write /${text}`);
  if (text.length > maxPathLength) return fault(`is longer than ${maxPathLength} characters`, "match a shorter prefix");
  const path = text.endsWith("/*") ? text.slice(0, -1) : text;
  if (path.includes("*")) return fault("has a star inside", "a star can only be the last segment: /orders/*");
  if (/[?#]/.test(path)) return fault("has a query or fragment in it", "write the path alone");
  if (path.includes("%")) return fault("is percent-encoded", "match a prefix before the encoded part");
  if (path.includes("//")) return fault("has an empty segment", `write ${path.replace(/\/+/g, "/")}`);
  if (path.split("/").some((segment) => segment === "." || segment === ".."))
    return fault("has a dot segment", "write the path that it leads to");
  const names = path.split("/").flatMap((segment) => /^\{([A-Za-z]\w{0,62})\}$/.exec(segment)?.[1] ?? []);
  if (new Set(names).size < names.length) return fault("has two segments of one name", "give each a name of its own");
  const literal = path.replace(/\{[A-Za-z]\w{0,62}\}(?=\/|$)/g, "");
  if (/[{}]/.test(literal) || /[^/]\{/.test(path))
    return fault("has a brace that names no segment", "a named segment stands alone: /users/{id}/orders");
  if (!/^[\w/.~!$&'()+,=:@-]*$/.test(literal))
    return fault("has a character that paths are not matched on", "use letters, digits and -._~!$&'()+,=:@");
  return path.endsWith("/") ? { kind: "prefix", path: path.slice(0, -1) } : { kind: "exact", path };
}

/** The path with `{}` for its named segments: paths that differ in names alone match the same. */
export function nameless(path: string): string {
  return path.replace(/\{\w+\}/g, "{}");
}

/** A path as it is written in the file. */
export function formatPathMatch(match: PathMatch): string {
  return match.kind === "prefix" ? `${match.path}/` : match.path;
}

/** An upper-case method; TRACE and CONNECT are never forwarded. */
export function checkMethod(text: string): string | Fault {
  const fault = (reason: string, hint: string) => new Fault("invalidMethod", `${quote(text)} ${reason}`, hint);
  if (/^(trace|connect)$/i.test(text)) return fault("is never forwarded", "take it out");
  if (/^[A-Z][A-Z-]{0,30}$/.test(text)) return text;
  if (/^[a-z][a-z-]{0,30}$/i.test(text)) return fault("is not in upper case", `write ${text.toUpperCase()}`);
  return fault("is not a method", "write methods such as GET or POST");
}
