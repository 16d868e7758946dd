// Forwarded (RFC 7239), as far as it says who the client is. nginx walks a list of addresses from the right, past the proxies
// that it trusts, but cannot read this header: so its addresses are put into one that nginx reads and no client can send
// (nginx drops names with `_`). Where an element is not plain, the walk must end: it becomes `unknown`.

/** What nginx.conf names as real_ip_header, and blanks towards targets. */
const ownHeader = "portway_for";

const unknown = "unknown";

function isMadeOf(text: string, allowed: string): boolean {
  for (let i = 0; i < text.length; i++) if (!allowed.includes(text.charAt(i))) return false;
  return text !== "";
}

const digits = "0123456789";
const isPort = (text: string) => text === "" || (text.startsWith(":") && isMadeOf(text.substring(1), `${digits}_`));

/** The address of a node (section 6) without its port; nginx judges it further. */
function addressOf(node: string): string {
  if (!node.startsWith("[")) {
    const colon = node.indexOf(":");
    const address = colon < 0 ? node : node.substring(0, colon);
    return isMadeOf(address, `${digits}.`) && isPort(node.substring(address.length)) ? address : unknown;
  }
  const end = node.indexOf("]");
  const address = node.substring(1, end);
  const isPlain = end > 0 && isMadeOf(address, `${digits}abcdefABCDEF:.`) && isPort(node.substring(end + 1));
  return isPlain ? address : unknown;
}

/** A token, or a quoted text without escapes, which no address needs; undefined when it is neither. */
function plainValue(text: string): string | undefined {
  if (!text.includes('"')) return text.includes(" ") || text.includes(":") || text.includes("[") ? undefined : text;
  const inner = text.substring(1, text.length - 1);
  const isQuoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return isQuoted && !inner.includes('"') && !inner.includes("\\") ? inner : undefined;
}

/** Who sent the request to the proxy that wrote this element. */
function senderOf(element: string): string {
  let sender: string | undefined;
  for (const pair of element.split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 1) return unknown;
    const value = plainValue(pair.substring(equals + 1).trim());
    if (value === undefined) return unknown;
    if (pair.substring(0, equals).trim().toLowerCase() !== "for") continue;
    if (sender !== undefined) return unknown;
    sender = addressOf(value);
  }
  return sender ?? unknown;
}

/**
 * The senders of all elements, the nearest last. Each comma ends an element, also within quotes: a client that opens a quote
 * hides nothing of what proxies write behind it.
 */
export function sendersOf(lines: readonly string[]): string {
  const senders: string[] = [];
  for (const line of lines) for (const element of line.split(",")) senders.push(senderOf(element.trim()));
  return senders.join(", ");
}

/** rewrite_by_lua, where trusted proxies write Forwarded. */
export function readForwarded(): void {
  const said = ngx.req.get_headers(0)["forwarded"];
  if (said === undefined) return;
  const lines = typeof said === "string" ? [said] : said;
  ngx.req.set_header(ownHeader, sendersOf(lines));
}

/**
 * rewrite_by_lua, where the connection came through the second nginx: the nearest sender is whom its PROXY header names, and
 * proxies write X-Forwarded-For, or Forwarded.
 */
export function readSenders(isForwarded: boolean): void {
  const said = ngx.req.get_headers(0)[isForwarded ? "forwarded" : "x-forwarded-for"];
  const lines = said === undefined ? [] : typeof said === "string" ? [said] : said;
  const told = isForwarded ? sendersOf(lines) : lines.join(", ");
  const nearest = ngx.var.proxy_protocol_addr ?? "";
  const both = told !== "" && nearest !== "" ? `${told}, ${nearest}` : `${told}${nearest}`;
  if (both !== "") ngx.req.set_header(ownHeader, both);
}
