// Networks that a host has of its own, apart from Portway's, and what of them is in the way of others.
import { parsePrefix, prefixCovers, prefixesOverlap } from "../net/prefix.ts";
import type { Warning } from "./warnings.ts";

/** A network that a host's own interface or route leads to. */
export interface OwnNetwork {
  /** Canonical. */
  readonly prefix: string;
  /** The interface. */
  readonly link: string;
}

/** At most so many are told. */
export const mostOwnNetworks = 256;

/** Those that share addresses with the range. */
export function overlapping(range: string, networks: readonly OwnNetwork[]): readonly OwnNetwork[] {
  return networks.filter(({ prefix }) => prefixesOverlap(parsePrefix(range)!, parsePrefix(prefix)!));
}

/** Those that lie in the range whole: hosts of the network that have addresses there cannot be reached. */
export function inside(range: string, networks: readonly OwnNetwork[]): readonly OwnNetwork[] {
  return networks.filter(({ prefix }) => prefixCovers(parsePrefix(range)!, parsePrefix(prefix)!));
}

/** `10.77.1.0/24 (docker0)` */
export const networkText = ({ prefix, link }: OwnNetwork) => `${prefix} (${link})`;

/**
 * What is in the way on one host, `who` in the texts: of the network's ranges, and of networks behind others that it is sent
 * to. Each is about one of the host's own networks.
 */
export function overlapWarnings(
  who: string,
  ranges: readonly string[],
  behind: readonly string[],
  networks: readonly OwnNetwork[],
): readonly Warning[] {
  const own = ranges.flatMap((range) =>
    overlapping(range, networks).map((network): Warning => {
      const text = `${networkText(network)} is a network of ${who} itself and overlaps ${range}: packets to one of the two go the wrong way`;
      const hint = "give the network another range (network.ipv4), or that host's own network";
      return { code: "rangeOverlap", severity: "critical", subject: network.prefix, text, hint };
    }),
  );
  const shadowed = behind.flatMap((prefix) =>
    overlapping(prefix, networks).map((network): Warning => {
      const text = `${networkText(network)} is a network of ${who} itself and overlaps ${prefix}, which other hosts route: it goes to its own`;
      const hint = "nothing is to be done where the two are one; else one of them needs another range";
      return { code: "networkShadowed", severity: "info", subject: network.prefix, text, hint };
    }),
  );
  return [...own, ...shadowed];
}
