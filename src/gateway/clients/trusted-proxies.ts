// Proxies that speak for their clients: what reaches the edge before a request does is theirs, and says nothing of one client.
import { holds, type IpRanges } from "../ip-ranges.ts";
import { ipRanges } from "../ip-ranges-parse.ts";

const trusted: { ranges: IpRanges | undefined } = { ranges: undefined };

/** In init: canonical prefixes. */
export function trustProxies(prefixes: readonly string[]): void {
  trusted.ranges = prefixes.length === 0 ? undefined : ipRanges(prefixes);
}

/** `address`: 4 or 16 raw bytes. */
export function isTrustedProxy(address: string): boolean {
  const ranges = trusted.ranges;
  return ranges !== undefined && holds(ranges, address);
}
