// Addresses: the network's ranges, what lies in them and what must not.
import { type Address, formatAddress, parseAddress } from "../../net/address.ts";
import {
  addressAt,
  formatPrefix,
  makePrefix,
  offsetIn,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixCovers,
  prefixesOverlap,
  prefixSize,
} from "../../net/prefix.ts";
import type { Finding, Path } from "../issue.ts";
import type { Written } from "../schema.ts";
import type { Spec } from "../types.ts";

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(
  (text) => parsePrefix(text)!,
);
const unusableRanges = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map((text) => parsePrefix(text)!);

export function checkRanges(spec: Spec, written: Written): Finding[] {
  const ipv4 = parsePrefix(spec.network.ipv4)!;
  const overlay = [ipv4, parsePrefix(spec.network.ipv6)!];
  return [
    ...checkNetwork(ipv4, Object.keys(spec.hosts).length),
    ...checkHostAddresses(spec, ipv4),
    ...checkEndpoints(spec, overlay),
    ...checkRoutedRanges(written, overlay),
    ...checkUrls(spec, overlay),
  ];
}

function checkNetwork(range: Prefix, hosts: number): Finding[] {
  const path = ["network", "ipv4"];
  const text = formatPrefix(range);
  const findings: Finding[] = [];
  if (unusableRanges.some((one) => prefixesOverlap(one, range))) {
    findings.push({
      severity: "error",
      code: "unusableRange",
      path,
      message: `${text} is not usable for hosts`,
      hint: "write a private range such as 10.77.0.0/16",
    });
  } else if (!privateRanges.some((one) => prefixCovers(one, range))) {
    const hint = "write a range in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10";
    findings.push({
      severity: "warning",
      code: "publicRange",
      path,
      message: `${text} is not private: its owners can no longer be reached`,
      hint,
    });
  }
  const room = Number(prefixSize(range)) - 2;
  if (hosts > room) {
    const enough = formatPrefix(makePrefix(range.address, 32 - Math.ceil(Math.log2(hosts + 2))));
    const message = `${text} has room for ${room} hosts, and the file has ${hosts}`;
    findings.push({
      severity: "error",
      code: "rangeTooSmall",
      path,
      message,
      hint: `write ${enough} or a larger range`,
    });
  }
  return findings;
}

function checkHostAddresses(spec: Spec, range: Prefix): Finding[] {
  const owners = new Map<string, string>();
  return Object.entries(spec.hosts).flatMap(([name, { address: text }]) => {
    if (text === undefined) return [];
    const path = ["hosts", name, "address"];
    const offset = offsetIn(range, parseAddress(text)!);
    const owner = owners.get(text);
    owners.set(text, name);
    const example = formatAddress(addressAt(range, 9n) ?? addressAt(range, 1n)!);
    const error = (code: string, message: string, hint: string): Finding[] => [
      { severity: "error", code, path, message, hint },
    ];
    if (offset === undefined)
      return error(
        "addressOutside",
        `${text} is not in the network's range ${formatPrefix(range)}`,
        `write an address such as ${example}`,
      );
    if (offset === 0n || offset === prefixSize(range) - 1n)
      return error(
        "addressReserved",
        `${text} is the ${offset === 0n ? "first" : "last"} address of the range, which no host can have`,
        `write an address such as ${example}`,
      );
    return owner === undefined
      ? []
      : error("addressTaken", `${text} is the address of ${owner} too`, "give each host an address of its own");
  });
}

function checkEndpoints(spec: Spec, overlay: readonly Prefix[]): Finding[] {
  return Object.entries(spec.hosts).flatMap(([name, { endpoint }]) => {
    const range = endpoint && rangeOf(parseAddress(endpoint.host), overlay);
    if (!range) return [];
    const hint = "write the address that others reach the host at from outside";
    return [
      overlap(
        "error",
        ["hosts", name, "endpoint"],
        `the endpoint ${endpoint.host} lies in the network's own range ${formatPrefix(range)}`,
        hint,
      ),
    ];
  });
}

function checkRoutedRanges(written: Written, overlay: readonly Prefix[]): Finding[] {
  return Object.entries(written.hosts).flatMap(([name, { routes }]) =>
    (routes ?? []).flatMap((text) => {
      const range = overlay.find((one) => prefixesOverlap(one, parsePrefix(text)!));
      if (!range) return [];
      return [
        overlap(
          "error",
          ["hosts", name, "routes"],
          `${text} overlaps the network's own range ${formatPrefix(range)}`,
          "give the network another range (network.ipv4)",
        ),
      ];
    }),
  );
}

function checkUrls(spec: Spec, overlay: readonly Prefix[]): Finding[] {
  return Object.entries(spec.services).flatMap(([name, { urls }]) =>
    urls.flatMap(({ address }, index) => {
      const range = rangeOf(parseAddress(address), overlay);
      if (!range) return [];
      return [
        overlap(
          "warning",
          ["services", name, "urls", index],
          `${address} lies in the network's own range ${formatPrefix(range)}`,
          "name the host in `targets`, so that its rules and health count",
        ),
      ];
    }),
  );
}

function rangeOf(address: Address | undefined, ranges: readonly Prefix[]): Prefix | undefined {
  return address && ranges.find((range) => prefixContains(range, address));
}

function overlap(severity: Finding["severity"], path: Path, message: string, hint: string): Finding {
  return { severity, code: "overlappingRanges", path, message, hint };
}
