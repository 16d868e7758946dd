// The hosts file (hosts(5)): what it says of a name goes before DNS, as for every other program of the host.
import { canonicalAddress } from "../../net/address.ts";

/** The addresses of a lower-case name, in the order of the file; none where it does not have it. */
export function addressesIn(hostsText: string, name: string): string[] {
  const found = hostsText.split("\n").flatMap((line) => {
    const [addressText = "", ...names] = line.split("#", 1)[0]!.trim().split(/\s+/);
    const address = canonicalAddress(addressText);
    return address !== undefined && names.some((one) => one.toLowerCase() === name) ? [address] : [];
  });
  return [...new Set(found)];
}
