// The addresses of this host: a name that leads to one would send the gateway's requests to itself, or to what listens there.
import { networkInterfaces } from "node:os";
import { canonicalAddress } from "../../net/address.ts";

export function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((links) =>
    links?.some((link) => canonicalAddress(link.address) === address),
  );
}
