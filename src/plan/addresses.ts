// Overlay addresses: derived from names, kept once given.
import { createHash } from "node:crypto";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { addressAt, offsetIn, type Prefix, parsePrefix, prefixSize, subPrefix } from "../net/prefix.ts";
import type { Spec } from "../spec/types.ts";
import { forgetful, type Memory } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";

export interface HostAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface AddressPlan {
  readonly addresses: ReadonlyMap<string, HostAddresses>;
  /** Hosts whose `address:` another host has held since before; they got another one. */
  readonly refused: readonly string[];
  /** Hosts for which the IPv4 range had no room. */
  readonly homeless: readonly string[];
}

/** An address that a host would like to have. */
interface Claim {
  readonly name: string;
  readonly address: string | undefined;
}

/**
 * An address of each family for every host of the file or the registry. Who keeps what is settled by right, not by
 * order of arrival: addresses held by members, then `address:` of the file, then those reserved for hosts that left;
 * the rest are derived from names, by name, a collision taking the next free one.
 */
export function planAddresses(spec: Spec, observed: Observed, memory: Memory = forgetful): AddressPlan {
  const grounds = memory.recall("addresses from", groundsOf(spec, observed));
  const known = memory.last<{ readonly grounds: typeof grounds; readonly plan: AddressPlan }>("addresses");
  const plan = known?.grounds === grounds ? known.plan : planFrom(spec, observed);
  memory.keep("addresses", { grounds, plan });
  return plan;
}

/** All that addresses follow from. */
function groundsOf({ network, hosts }: Spec, observed: Observed): readonly unknown[] {
  const written = Object.keys(hosts).map((name) => `${name} ${hosts[name]!.address}`);
  const known = Object.keys(observed.hosts).map((name) => {
    const { ipv4, ipv6, joined } = observed.hosts[name]!;
    return `${name} ${ipv4} ${ipv6} ${joined}`;
  });
  return [network.ipv4, network.ipv6, written, known];
}

function planFrom(spec: Spec, observed: Observed): AddressPlan {
  const names = [...new Set([...Object.keys(spec.hosts), ...Object.keys(observed.hosts)])].sort();
  const fixed = (name: string) => own(spec.hosts, name)?.address;
  const isMember = (name: string) => own(spec.hosts, name) !== undefined || own(observed.hosts, name)?.joined === true;
  const holders = names.filter((name) => isMember(name) && fixed(name) === undefined);
  const kept = (family: "ipv4" | "ipv6") => (name: string) => ({ name, address: own(observed.hosts, name)?.[family] });

  const ipv4Claims = [
    ...holders.map(kept("ipv4")),
    ...names.map((name) => ({ name, address: fixed(name) })),
    ...names.map(kept("ipv4")),
  ];
  const ipv4 = allot(parsePrefix(spec.network.ipv4)!, names, ipv4Claims, isUsableIpv4);
  const ipv6Claims = [...names.filter(isMember), ...names].map(kept("ipv6"));
  const ipv6 = allot(hostSubnet(spec.network.ipv6), names, ipv6Claims, (_, offset) => offset !== 0n);

  const addresses = new Map<string, HostAddresses>();
  for (const name of names) {
    const [v4, v6] = [ipv4.get(name), ipv6.get(name)];
    if (v4 && v6) addresses.set(name, { ipv4: formatAddress(v4), ipv6: formatAddress(v6) });
  }
  return {
    addresses,
    refused: names.filter((name) => fixed(name) !== undefined && addresses.get(name)?.ipv4 !== fixed(name)),
    homeless: names.filter((name) => isMember(name) && !addresses.has(name)),
  };
}

/** The /64 of the network's /48 that holds the hosts' addresses. */
export function hostSubnet(networkIpv6: string): Prefix {
  return subPrefix(parsePrefix(networkIpv6)!, 64, 0n)!;
}

function allot(
  range: Prefix,
  names: readonly string[],
  claims: readonly Claim[],
  isUsable: (range: Prefix, offset: bigint) => boolean,
): ReadonlyMap<string, Address> {
  const taken = new Set<bigint>();
  const given = new Map<string, Address>();
  const give = (name: string, offset: bigint | undefined) => {
    if (offset === undefined || given.has(name) || taken.has(offset)) return;
    taken.add(offset);
    given.set(name, addressAt(range, offset)!);
  };
  for (const { name, address } of claims) {
    if (address === undefined || given.has(name)) continue; // most claim again what they were given
    const parsed = parseAddress(address);
    give(name, parsed && offsetIn(range, parsed));
  }
  const isFree = (offset: bigint) => isUsable(range, offset) && !taken.has(offset);
  for (const name of names) if (!given.has(name)) give(name, nextFree(nameHash(name), prefixSize(range), isFree));
  return given;
}

function nextFree(start: bigint, size: bigint, isFree: (offset: bigint) => boolean): bigint | undefined {
  for (let step = 0n; step < size; step++) {
    const offset = (start + step) % size;
    if (isFree(offset)) return offset;
  }
  return undefined;
}

/** Neither the network's nor the broadcast address, nor one that ends in .0, which some software takes for a network. */
function isUsableIpv4(range: Prefix, offset: bigint): boolean {
  return offset !== 0n && offset !== prefixSize(range) - 1n && ((range.address.value + offset) & 0xffn) !== 0n;
}

/** 64 bits of the name's SHA-256. */
function nameHash(name: string): bigint {
  return createHash("sha256").update(name).digest().readBigUInt64BE();
}
