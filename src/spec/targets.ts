// Where a service's requests go when they leave the mesh.
import { formatAddress, parseAddress } from "../net/address.ts";
import { isDnsName } from "../net/dns-name.ts";
import { formatEndpoint, parsePort } from "../net/endpoint.ts";
import { Fault, quote } from "./issue.ts";
import type { UrlTarget } from "./service-types.ts";

const hint = "write http://ADDRESS:PORT or https://ADDRESS:PORT, such as http://192.0.2.10:8080";

/** `http://192.0.2.10:8080` or `https://[2001:db8::1]`, and nothing after it. */
export function parseUrlTarget(text: string): UrlTarget | Fault {
  const parts = splitUrl(text);
  const address = parseAddress(parts?.host ?? "");
  const isSecure = parts?.scheme === "https";
  const port = parsePort(parts?.port ?? (isSecure ? "443" : "80"));
  if (!parts || !address || port === undefined) {
    return new Fault("invalidUrl", `${quote(text)} is not a target`, hint);
  }
  const host = formatAddress(address);
  return {
    url: `${parts.scheme}://${formatEndpoint({ host, port })}`,
    address: host,
    port,
    ...(isSecure && { isSecure }),
  };
}

/** Targets whose form is right but that need a resolver. */
export function isLaterUrl(text: unknown): boolean {
  const parts = typeof text === "string" ? splitUrl(text) : undefined;
  return parts !== undefined && isDnsName(parts.host);
}

function splitUrl(text: string): { scheme: string; host: string; port: string | undefined } | undefined {
  const match = /^(https?):\/\/(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/?#@]+))(?::([0-9]+))?\/?$/.exec(text);
  return match ? { scheme: match[1]!, host: match[2] ?? match[3]!.toLowerCase(), port: match[4] } : undefined;
}
