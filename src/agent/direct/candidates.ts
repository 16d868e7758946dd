// Where a direct plane may be reached: what a host says of its own, and in which order another one tries that. Pure.
import type { NetworkInterfaceInfo } from "node:os";
import { parseAddress } from "../../net/address.ts";
import { formatEndpoint, parseEndpoint } from "../../net/endpoint.ts";
import { parsePrefix, prefixContains } from "../../net/prefix.ts";
import { mostCandidates } from "../paths/letter.ts";

/** As `os.networkInterfaces()` gives them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Links that lead to no other host: the planes themselves, bridges and cables of containers and virtual machines. */
const insideOnly = /^(pw|docker|br-|veth|virbr|cni|flannel|cali|lxc|tun|wg)/;
/** Nobody's: this host, the link alone, many at once. */
const noPlace = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8"].map(
  (text) => parsePrefix(text)!,
);

/** Addresses of the links that lead to others, with their prefix length. */
export function ownAddresses(interfaces: Interfaces): readonly string[] {
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    insideOnly.test(name) ? [] : addresses.flatMap(({ cidr }) => (cidr !== null && isPlace(cidr) ? [cidr] : [])),
  );
}

/** First where relays see the host's packets come from, then its own addresses. */
export function ownCandidates(
  mappings: readonly string[],
  addresses: readonly string[],
  port: number,
): readonly string[] {
  const own = addresses.map((cidr) => formatEndpoint({ host: withoutLength(cidr), port }));
  return [...new Set([...mappings, ...own])].slice(0, mostCandidates);
}

/** What this host knows of itself when it puts another one's candidates in order. */
export interface Viewpoint {
  readonly mappings: readonly string[];
  /** With prefix length. */
  readonly addresses: readonly string[];
  /** Prefixes of the overlay, where no direct plane can be. */
  readonly overlay: readonly string[];
}

/**
 * The candidates that can be tried, the likeliest first: one on a link of this host's if both are behind one NAT; what
 * relays and the configuration say; IPv6; and last what other addresses the other end has, in case both share a larger
 * network.
 */
export function inOrder(candidates: readonly string[], { mappings, addresses, overlay }: Viewpoint): readonly string[] {
  const links = addresses.map((cidr) => parsePrefix(cidr)!);
  const families = new Set(links.map(({ address }) => address.family));
  const barred = overlay.map((prefix) => parsePrefix(prefix)!);
  const usable = [...new Set(candidates)].filter((endpoint) => {
    const address = parseAddress(hostOf(endpoint));
    if (
      address === undefined ||
      parseEndpoint(endpoint, 0)!.port === 0 ||
      !families.has(address.family) ||
      !isPlace(hostOf(endpoint))
    )
      return false;
    return !barred.some((prefix) => prefixContains(prefix, address));
  });
  const shared = new Set(mappings.map(hostOf));
  const behindOneNat = usable.some((endpoint) => shared.has(hostOf(endpoint)));
  const rank = (endpoint: string) => {
    const host = hostOf(endpoint);
    if (behindOneNat && links.some((link) => prefixContains(link, parseAddress(host)!))) return 0;
    if (isPrivate(host)) return 3;
    return host.includes(":") ? 2 : 1;
  };
  return usable.toSorted((a, b) => rank(a) - rank(b));
}

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"].map(
  (text) => parsePrefix(text)!,
);
const isPrivate = (host: string) => privateRanges.some((range) => prefixContains(range, parseAddress(host)!));

function isPlace(addressOrCidr: string): boolean {
  const address = parseAddress(withoutLength(addressOrCidr));
  return address !== undefined && !noPlace.some((range) => prefixContains(range, address));
}

const hostOf = (endpoint: string) => parseEndpoint(endpoint, 0)?.host ?? "";
const withoutLength = (cidr: string) => cidr.replace(/\/.*/, "");
