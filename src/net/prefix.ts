// Prefixes: ranges of addresses that share their first bits, and lists of them.
import { type Address, addressBits, compareAddresses, formatAddress, parseAddress } from "./address.ts";

/** `address` is the first of the range: bits past `length` are zero. */
export interface Prefix {
  readonly address: Address;
  readonly length: number;
}

/** Parses `10.77.0.0/16`; bits past the length are cleared. Undefined without a length or for anything else. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const lengthText = text.slice(slash + 1);
  if (!address || !/^(0|[1-9][0-9]{0,2})$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  return length > addressBits(address.family) ? undefined : makePrefix(address, length);
}

/** A prefix, or a single address as its /32 or /128. */
export function parsePrefixOrAddress(text: string): Prefix | undefined {
  if (text.includes("/")) return parsePrefix(text);
  const address = parseAddress(text);
  return address && makePrefix(address, addressBits(address.family));
}

/** The prefix of that length which holds the address. */
export function makePrefix(address: Address, length: number): Prefix {
  const hostBits = BigInt(addressBits(address.family) - length);
  return { address: { family: address.family, value: (address.value >> hostBits) << hostBits }, length };
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/** The canonical text of a prefix or address (`10.0.0.1` becomes `10.0.0.1/32`), or undefined when it is neither. */
export function canonicalPrefix(text: string): string | undefined {
  const prefix = parsePrefixOrAddress(text);
  return prefix && formatPrefix(prefix);
}

/** The /32 or /128 of one address, as text: what AllowedIPs and routes want. Undefined when the text is no address. */
export function hostPrefix(address: string): string | undefined {
  return address.includes("/") ? undefined : canonicalPrefix(address);
}

/** How many addresses the prefix holds. */
export function prefixSize(prefix: Prefix): bigint {
  return 1n << BigInt(addressBits(prefix.address.family) - prefix.length);
}

export function prefixContains(prefix: Prefix, address: Address): boolean {
  if (prefix.address.family !== address.family) return false;
  const hostBits = BigInt(addressBits(address.family) - prefix.length);
  return prefix.address.value >> hostBits === address.value >> hostBits;
}

/** True when `inner` lies in `outer` whole (a prefix lies in itself). */
export function prefixCovers(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && prefixContains(outer, inner.address);
}

export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return prefixCovers(a, b) || prefixCovers(b, a);
}

/** The address at an offset from the first; undefined outside the prefix. */
export function addressAt(prefix: Prefix, offset: bigint): Address | undefined {
  if (offset < 0n || offset >= prefixSize(prefix)) return undefined;
  return { family: prefix.address.family, value: prefix.address.value + offset };
}

/** How far an address lies from the first of the prefix; undefined outside it. */
export function offsetIn(prefix: Prefix, address: Address): bigint | undefined {
  return prefixContains(prefix, address) ? address.value - prefix.address.value : undefined;
}

/** The `index`th prefix of a longer length inside `prefix`: /64 number 3 of a /48. Undefined when there is none. */
export function subPrefix(prefix: Prefix, length: number, index: bigint): Prefix | undefined {
  const bits = addressBits(prefix.address.family);
  if (length < prefix.length || length > bits) return undefined;
  const address = addressAt(prefix, index << BigInt(bits - length));
  return address && makePrefix(address, length);
}

/** The smallest that a sound address or prefix is in, the first of equals; undefined where it is in none. */
export function smallestAround<T extends { readonly prefix: string }>(
  networks: readonly T[],
  inner: string,
): T | undefined {
  const target = parsePrefixOrAddress(inner)!;
  const lengthOf = ({ prefix }: T) => parsePrefix(prefix)!.length;
  return networks
    .filter(({ prefix }) => prefixCovers(parsePrefix(prefix)!, target))
    .reduce<T | undefined>((best, one) => (best && lengthOf(best) >= lengthOf(one) ? best : one), undefined);
}

/** Order: IPv4 before IPv6, then by address, the wider first. */
function comparePrefixes(a: Prefix, b: Prefix): number {
  return compareAddresses(a.address, b.address) || a.length - b.length;
}

/** Canonical, sorted, without those that lie in another; texts that are neither prefix nor address are left out. */
export function mergePrefixes(texts: readonly string[]): string[] {
  const sorted = texts
    .map(parsePrefixOrAddress)
    .filter((prefix) => prefix !== undefined)
    .sort(comparePrefixes);
  const kept: Prefix[] = [];
  for (const prefix of sorted) {
    const last = kept.at(-1); // sorted: whatever covers this one covers all between them too
    if (!last || !prefixCovers(last, prefix)) kept.push(prefix);
  }
  return kept.map(formatPrefix);
}
