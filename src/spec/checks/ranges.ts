// Addresses: the network's ranges, what lies in them and what must not.
import { formatAddress, parseAddress } from "../../net/address.ts";
import {
  addressAt,
  formatPrefix,
  makePrefix,
  offsetIn,
  type Prefix,
  parsePrefix,
  parsePrefixOrAddress,
  prefixCovers,
  prefixesOverlap,
  prefixSize,
} from "../../net/prefix.ts";
import { errorAt, type Finding, type Path, warningAt } from "../issue.ts";
import type { Written } from "../schema.ts";
import type { Spec } from "../types.ts";

const privateRanges = ranges("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10");
const unusableRanges = ranges("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3");

function ranges(...texts: string[]): Prefix[] {
  return texts.map((text) => parsePrefix(text)!);
}

export function checkRanges(spec: Spec, written: Written): Finding[] {
  const [ipv4, ipv6] = ranges(spec.network.ipv4, spec.network.ipv6) as [Prefix, Prefix];
  return [
    ...checkUse(ipv4),
    ...checkRoom(ipv4, Object.keys(spec.hosts).length),
    ...checkHostAddresses(spec, ipv4),
    ...checkOverlaps(spec, written, [ipv4, ipv6]),
  ];
}

function checkUse(range: Prefix): Finding[] {
  const path = ["network", "ipv4"];
  const text = formatPrefix(range);
  if (unusableRanges.some((one) => prefixesOverlap(one, range))) {
    const hint = "write a private range such as 10.77.0.0/16";
    return [errorAt(path, "unusableRange", `${text} is not usable for hosts`, hint)];
  }
  if (privateRanges.some((one) => prefixCovers(one, range))) return [];
  const hint = "write a range in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10";
  return [warningAt(path, "publicRange", `${text} is not private: its owners can no longer be reached`, hint)];
}

function checkRoom(range: Prefix, hosts: number): Finding[] {
  const room = Number(prefixSize(range)) - 2; // no host has the first or the last address
  if (hosts <= room) return [];
  const enough = formatPrefix(makePrefix(range.address, 32 - Math.ceil(Math.log2(hosts + 2))));
  const message = `${formatPrefix(range)} has room for ${room} hosts, and the file has ${hosts}`;
  return [errorAt(["network", "ipv4"], "rangeTooSmall", message, `write ${enough} or a larger range`)];
}

function checkHostAddresses(spec: Spec, range: Prefix): Finding[] {
  const owners = new Map<string, string>();
  const example = formatAddress(addressAt(range, 9n) ?? addressAt(range, 1n)!);
  const hint = `write an address such as ${example}`;
  return Object.entries(spec.hosts).flatMap(([name, { address }]) => {
    if (address === undefined) return [];
    const path = ["hosts", name, "address"];
    const offset = offsetIn(range, parseAddress(address)!);
    const owner = owners.get(address);
    owners.set(address, name);
    if (offset === undefined) {
      const message = `${address} is not in the network's range ${formatPrefix(range)}`;
      return [errorAt(path, "addressOutside", message, hint)];
    }
    if (offset === 0n || offset === prefixSize(range) - 1n) {
      const message = `${address} is the ${offset === 0n ? "first" : "last"} address of the range, which no host can have`;
      return [errorAt(path, "addressReserved", message, hint)];
    }
    if (owner === undefined) return [];
    return [errorAt(path, "addressTaken", `${address} is the address of ${owner} too`, "choose another address")];
  });
}

/** What lies outside the network must not have addresses inside it. */
function checkOverlaps(spec: Spec, written: Written, overlay: readonly Prefix[]): Finding[] {
  const overlap = (make: typeof errorAt, path: Path, text: string, hint: string): Finding[] => {
    const prefix = parsePrefixOrAddress(text);
    const range = prefix && overlay.find((one) => prefixesOverlap(one, prefix));
    if (!range) return [];
    const relation = text.includes("/") ? "overlaps" : "lies in";
    const message = `${text} ${relation} the network's own range ${formatPrefix(range)}`;
    return [make(path, "overlappingRanges", message, hint)];
  };
  const endpoints = Object.entries(spec.hosts).flatMap(([name, { endpoint }]) => {
    if (!endpoint) return [];
    const hint = "write the address that others reach the host at from outside";
    return overlap(errorAt, ["hosts", name, "endpoint"], endpoint.host, hint);
  });
  const routed = Object.entries(written.hosts).flatMap(([name, { routes = [] }]) =>
    routes.flatMap((text) => {
      return overlap(errorAt, ["hosts", name, "routes"], text, "give the network another range (network.ipv4)");
    }),
  );
  const targets = Object.entries(spec.services).flatMap(([name, { urls }]) =>
    urls.flatMap(({ address }, index) => {
      if (address === undefined) return [];
      return overlap(warningAt, ["services", name, "urls", index], address, "name the host in `targets` instead");
    }),
  );
  return [...endpoints, ...routed, ...targets];
}
