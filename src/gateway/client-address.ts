import type { RequestRecord } from "./record.ts";
import { currentRequest, variable } from "./request.ts";

/** The client's address as 4 or 16 raw bytes, read once a request. */
export function clientAddress(request: RequestRecord): string {
  let address = request.address;
  if (address === undefined) {
    address = variable(currentRequest(), "binary_remote_addr");
    if (address === undefined) address = "";
    request.address = address;
  }
  return address;
}

/** Of IPv6 the /64, which is what one subscriber has. */
const networkBytes = 8;

/** What an address counts as: itself of IPv4, its /64 of IPv6, as raw bytes. */
export function networkOf(address: string): string {
  return address.length > networkBytes ? string.sub(address, 1, networkBytes) : address;
}

/** Who counts as one client. */
export function clientNetwork(request: RequestRecord): string {
  // a local, since a tail call may not be compiled (request.ts)
  const network = networkOf(clientAddress(request));
  return network;
}
