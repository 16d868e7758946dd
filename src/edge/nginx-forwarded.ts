// Forwarded (RFC 7239) in nginx.conf, where the file asks for it: the senders that trusted proxies tell, and what targets get.
import type { NginxObject } from "../wire/edge.ts";
import { type Line, lua } from "./nginx-text.ts";

/** The gateway writes it (src/gateway/forwarded.ts); nginx drops names with `_` that clients send. */
export const sendersHeader = "portway_for";

/** Whether anybody's Forwarded is believed. */
function isForwardedRead(nginx: NginxObject): boolean {
  return nginx.forwarded === true && areSendersRead(nginx);
}

/** What runs before nginx looks for the client's address; nothing where nginx can read by itself who says it. */
export function senderLines(nginx: NginxObject, isHanded: boolean): Line[] {
  const isForwarded = isForwardedRead(nginx);
  if (isHanded && areSendersRead(nginx)) return [lua("rewrite", `require("gateway.phases").senders(${isForwarded})`)];
  return isForwarded ? [lua("rewrite", 'require("gateway.phases").forwarded()')] : [];
}

/** Whether any header is believed. */
export const areSendersRead = ({ trustedProxies, proxyProtocol }: NginxObject) =>
  trustedProxies.length > 0 && !proxyProtocol;

/** Addresses of IPv6 stand in brackets (section 6). All of them are two halves, since nginx takes `::/0` for the default. */
const onlyIpv6 = (text: string) => ['default ""', `::/1 "${text}"`, `8000::/1 "${text}"`];
export const forwardedMaps: readonly Line[] = [
  ["geo $portway_open", onlyIpv6("[")],
  ["geo $portway_close", onlyIpv6("]")],
];

/** What a target gets. */
export function forwardedHeaders(scheme: "http" | "https"): string[][] {
  const node = "$portway_open$remote_addr$portway_close";
  return [
    ["Forwarded", `'for="${node}";host="$host";proto=${scheme}'`],
    [sendersHeader, '""'],
  ];
}
