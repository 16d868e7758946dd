// Fields that hold addresses, prefixes and endpoints; their values are canonical.
import { canonicalAddress, formatAddress, parseAddress } from "../net/address.ts";
import { type HostPort, parseEndpoint } from "../net/endpoint.ts";
import { canonicalPrefix, formatPrefix, mergePrefixes, parsePrefix, parsePrefixOrAddress } from "../net/prefix.ts";
import { type FieldDoc, list, parsed } from "./fields.ts";
import { Fault, quote } from "./issue.ts";

/** A prefix without bits past its length, or, where single addresses may stand, an address. */
export function checkPrefix(text: string, addressToo: boolean): string | Fault {
  const canonical = addressToo ? canonicalPrefix(text) : parsePrefix(text) && canonicalPrefix(text);
  const address = parseAddress(text.split("/")[0]!);
  if (canonical === undefined) {
    const what = addressToo ? "an address or a range" : "an address range";
    const hint =
      !addressToo && address && !text.includes("/")
        ? `add a length: ${text}/24`
        : `write one such as 10.0.0.0/8 or 2001:db8::/32`;
    return new Fault("invalidPrefix", `${quote(text)} is not ${what}`, hint);
  }
  if (formatAddress(parsePrefixOrAddress(text)!.address) === formatAddress(address!)) return canonical;
  return new Fault("invalidPrefix", `${quote(text)} has bits set past its length`, `write ${canonical}`);
}

/** One range. */
export function prefix(doc: FieldDoc) {
  return parsed(doc, (text) => checkPrefix(text, false));
}

/** A list of ranges and addresses: sorted, without those that lie in another. */
export function prefixList(doc: FieldDoc, min: number) {
  const item = parsed({ description: "An address or a range.", hint: doc.hint }, (text) => checkPrefix(text, true));
  return list(item, doc, { min }).transform((prefixes) => mergePrefixes(prefixes));
}

/** The overlay's IPv4 range. */
export function ipv4Range(description: string) {
  const hint = "write a private range such as 10.77.0.0/16";
  return parsed({ description, hint }, (text) => {
    const checked = checkPrefix(text, false);
    if (checked instanceof Fault) return checked;
    const range = parsePrefix(checked)!;
    if (range.address.family !== 4) return new Fault("invalidPrefix", `${quote(text)} is not an IPv4 range`, hint);
    if (range.length >= 8 && range.length <= 29) return checked;
    return new Fault(
      "outOfRange",
      `a range of length /${range.length} cannot be a network`,
      "write a length from /8 to /29",
    );
  });
}

/** The overlay's IPv6 range: one /48 of unique local addresses. */
export function ipv6Range(description: string) {
  const hint = "write a /48 in fd00::/8 such as fd12:3456:789a::/48, or leave it out: it is derived from the name";
  return parsed({ description, hint }, (text) => {
    const checked = checkPrefix(text, false);
    if (checked instanceof Fault) return checked;
    const range = parsePrefix(checked)!;
    const uniqueLocal = range.address.family === 6 && range.address.value >> 120n === 0xfdn;
    if (uniqueLocal && range.length === 48) return formatPrefix(range);
    return new Fault("invalidPrefix", `${quote(text)} is not a /48 of unique local addresses`, hint);
  });
}

/** One IPv4 address. */
export function ipv4Address(description: string) {
  return parsed({ description, hint: "write an address such as 10.77.0.9" }, (text) => {
    const canonical = canonicalAddress(text);
    if (canonical !== undefined && !canonical.includes(":")) return canonical;
    return new Fault("invalidAddress", `${quote(text)} is not an IPv4 address`, "write one such as 10.77.0.9");
  });
}

/** A name or address with or without a port; without one, `port` is 0. */
export function endpoint(description: string) {
  const hint = "write a name or address and a port: edge.example.com:51820 or [2001:db8::1]:51820";
  return parsed({ description, hint }, (text): HostPort | Fault => {
    return (
      parseEndpoint(text, 0) ?? new Fault("invalidEndpoint", `${quote(text)} is not a place to reach a host at`, hint)
    );
  });
}
