// Which headers the file may name and change.
import { Fault, quote } from "../issue.ts";

/** A field name (RFC 9110 section 5.1). */
export function isHeaderName(text: string): boolean {
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/.test(text);
}

/** A field value that is the same for every reader: visible ASCII, spaces and tabs inside only. */
export function isHeaderValue(text: string): boolean {
  return text.length <= 4096 && /^(?:[!-~](?:[\t -~]*[!-~])?)?$/.test(text);
}

/** Those that carry a message's framing or what the gateway itself vouches for. */
const protectedNames = new Set([
  "connection",
  "content-length",
  "expect",
  "forwarded",
  "front-end-https",
  "host",
  "keep-alive",
  "portway-debug",
  "portway-why",
  "proxy",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "true-client-ip",
  "upgrade",
  "via",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-url",
  "x-real-ip",
  "x-request-id",
  "x-rewrite-url",
]);

/** True for a header that no route may change. Underscores count as hyphens: some origins read them alike. */
function isProtectedHeader(name: string): boolean {
  const canonical = name.toLowerCase().replaceAll("_", "-");
  return protectedNames.has(canonical) || canonical.startsWith("x-forwarded-");
}

/** A header that a route may set, or why it may not. */
export function checkHeaderName(text: string): string | Fault {
  if (!isHeaderName(text))
    return new Fault("invalidHeader", `${quote(text)} is not a header name`, "write a name such as X-Frame-Options");
  if (!isProtectedHeader(text)) return text;
  return new Fault(
    "protectedHeader",
    `${text} cannot be changed by a route`,
    "Portway sets it itself, since requests depend on it",
  );
}
