// Which addresses a name must not lead to. Whoever answers for a name could else point the gateway at what listens on the
// edge host or in the network for nobody else (DNS rebinding): the database on loopback, the metadata of a cloud.
import { parseAddress } from "../../net/address.ts";
import { type Prefix, parsePrefix, prefixContains } from "../../net/prefix.ts";
import type { LookupConfig } from "../../wire/edge-service.ts";

const special: readonly (readonly [range: string, what: string])[] = [
  ["0.0.0.0/8", "of no host"],
  ["127.0.0.0/8", "the edge host itself"],
  ["169.254.0.0/16", "link-local"],
  ["224.0.0.0/3", "of no single host"],
  ["::/127", "the edge host itself"],
  ["::ffff:0:0/96", "an IPv4 address in disguise"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "of no single host"],
];

/** What such an address is; undefined: it may be used. */
export function refusal(
  address: string,
  { network, allow }: Pick<LookupConfig, "network" | "allow">,
  isOwn: (address: string) => boolean,
): string | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "no address";
  const isIn = (range: string) => prefixContains(parsePrefix(range) as Prefix, parsed);
  if (allow.some(isIn)) return undefined;
  if (network.some(isIn)) return "in the network's own range";
  const found = special.find(([range]) => isIn(range))?.[1];
  return found ?? (isOwn(address) ? "the edge host itself" : undefined);
}
