// What of all addresses is the internet, as exit hosts lead to it.
import { type Prefix, parsePrefix, prefixCovers, prefixesOverlap } from "./prefix.ts";

/** No part of it: machines themselves, the line, private networks, carriers' own, multicast (RFC 6890). */
export const notInternetIpv4: readonly string[] = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
  "224.0.0.0/3",
];
/** All of it that has been given out (RFC 4291 section 2.4). */
export const internetIpv6 = "2000::/3";

const [excluded, global] = [notInternetIpv4.map((text) => parsePrefix(text)!), parsePrefix(internetIpv6)!];

/** Whether the whole of it is internet. */
export function isInternet(prefix: Prefix): boolean {
  if (prefix.address.family === 6) return prefixCovers(global, prefix);
  return !excluded.some((one) => prefixesOverlap(one, prefix));
}
