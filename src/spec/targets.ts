// Where a service's requests go when they leave the mesh.
import { formatAddress, parseAddress } from "../net/address.ts";
import { isDnsName } from "../net/dns-name.ts";
import { formatEndpoint, parsePort } from "../net/endpoint.ts";
import { parsePrefix, prefixContains } from "../net/prefix.ts";
import { Fault, quote } from "./issue.ts";
import type { UrlTarget } from "./service-types.ts";

const hint = "write http://HOST:PORT or https://HOST:PORT, such as http://192.0.2.10:8080 or https://api.example.net";

/** Addresses of no host, and of several. */
const nobodys = ["0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8"].map((text) => parsePrefix(text)!);

/** `http://192.0.2.10:8080`, `https://[2001:db8::1]` or `https://api.example.net`, and nothing after it. */
export function parseUrlTarget(text: string): UrlTarget | Fault {
  const parts = splitUrl(text);
  const address = parseAddress(parts?.host ?? "");
  const isName = address === undefined && isDnsName(parts?.host ?? "");
  const isSecure = parts?.scheme === "https";
  const port = parsePort(parts?.port ?? (isSecure ? "443" : "80"));
  if (!parts || !(address || isName) || port === undefined) {
    return new Fault("invalidUrl", `${quote(text)} is not a target`, hint);
  }
  if (address && nobodys.some((range) => prefixContains(range, address)))
    return new Fault("invalidUrl", `${quote(text)} is the address of no single host`, hint);
  const host = address ? formatAddress(address) : parts.host;
  return {
    url: `${parts.scheme}://${formatEndpoint({ host, port })}`,
    ...(address ? { address: host } : { name: host }),
    port,
    ...(isSecure && { isSecure }),
  };
}

function splitUrl(text: string): { scheme: string; host: string; port: string | undefined } | undefined {
  const match = /^(https?):\/\/(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/?#@]+))(?::([0-9]+))?\/?$/.exec(text);
  return match ? { scheme: match[1]!, host: match[2] ?? match[3]!.toLowerCase(), port: match[4] } : undefined;
}
