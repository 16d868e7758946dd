// services.*.urls: targets outside the network, and services.*.resolve: how those that are names are looked up.
import { canonicalAddress } from "../../net/address.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import { prefixList } from "../addresses.ts";
import { list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { UrlTarget } from "../service-types.ts";
import { parseUrlTarget } from "../targets.ts";

/** One URL. */
export const url = parsed(
  {
    description: "A target outside the network: an address, or a name all of whose addresses are targets.",
    hint: "write http://HOST:PORT, or https://HOST:PORT",
    examples: ["http://192.0.2.10:8080", "https://192.0.2.10", "https://api.example.net"],
  },
  parseUrlTarget,
);

const dnsPort = 53;
const serverHint = "write an address such as 192.0.2.53, or [2001:db8::53]:5353 with a port";

const server = parsed(
  { description: "A DNS server: an address, with a port unless it is 53.", hint: serverHint },
  (text) => {
    const endpoint = parseEndpoint(text, dnsPort);
    const isAddress = endpoint !== undefined && canonicalAddress(endpoint.host) !== undefined;
    return isAddress
      ? endpoint
      : new Fault("invalidAddress", `${quote(text)} is not the address of a server`, serverHint);
  },
);

/** How names in `urls` become addresses. */
export const resolve = mapping(
  {
    servers: list(
      server,
      { description: "DNS servers that are asked instead of the edge host's own.", hint: "write a list of addresses" },
      { min: 1, max: 8 },
    ).optional(),
    allow: prefixList(
      {
        description: "Addresses that a name may have although they are the edge host's or the network's own.",
        hint: "write a list such as [127.0.0.0/8]",
      },
      1,
    ).optional(),
  },
  "How names in urls are looked up.",
  "write { servers: [192.0.2.53] }",
);

/** The one name that all urls have; undefined where they have several, or addresses. */
export function commonName(urls: readonly UrlTarget[]): string | undefined {
  const names = new Set(urls.map(({ name }) => name));
  return names.size === 1 ? [...names][0] : undefined;
}

interface WrittenUrls {
  readonly urls?: readonly UrlTarget[] | undefined;
  readonly tls?: { readonly name?: string | undefined; readonly verify: boolean } | undefined;
  readonly resolve?: unknown;
}

type TellFault = (code: string, message: string, hint: string, path: readonly string[]) => void;

/** What contradicts itself in a service's urls, their TLS and the look-up of their names. */
export function checkUrls({ urls = [], tls, resolve }: WrittenUrls, fault: TellFault): void {
  const secure = urls.filter((url) => url.isSecure).length;
  const nameHint = "write the DNS name that the targets' certificates hold, such as orders.internal";
  if (secure > 0 && secure < urls.length)
    fault("contradiction", "some urls are https and some http", "make two services of it", ["urls"]);
  else if (secure > 0 && !tls && commonName(urls) === undefined)
    fault("missing", "tls is missing", "write tls: { name: … } with the name in the targets' certificates", ["tls"]);
  else if (urls.length > 0 && secure === 0 && tls)
    fault("contradiction", "tls is for targets that speak it, and the urls are http", "write https:// in urls", [
      "tls",
    ]);
  if (tls?.verify && tls.name === undefined && commonName(urls) === undefined)
    fault("missing", "name is missing", `${nameHint}, or verify: false to take any`, ["tls", "name"]);
  if (resolve && !urls.some(({ name }) => name !== undefined))
    fault("contradiction", "resolve is for names, and no url has one", "take it out, or write names in urls", [
      "resolve",
    ]);
}
