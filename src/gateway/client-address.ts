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
