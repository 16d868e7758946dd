// ipDeny refuses the addresses of its list, ipAllow all others. The address is the connection's, or the one that trusted
// proxies tell (nginx's real_ip): never what a client writes in a header.
import { clientAddress } from "../client-address.ts";
import type { IpRanges } from "../ip-ranges.ts";
import { holds } from "../ip-ranges.ts";
import { ipRanges } from "../ip-ranges-parse.ts";
import type { RequestRecord } from "../record.ts";
import type { Plugin } from "./plugin.ts";

interface Ready {
  readonly ranges: IpRanges;
  /** Addresses looked up before: a client comes more than once, and this needs no loop. */
  known: Record<string, boolean | undefined>;
  count: number;
}

const mostKnown = 1000;

function prepare({ prefixes }: { readonly prefixes: readonly string[] }): Ready {
  const ranges = ipRanges(prefixes);
  if (ranges === undefined) throw "one of its prefixes is none";
  return { ranges, known: {}, count: 0 };
}

function lookUp(ready: Ready, address: string): boolean {
  if (ready.count >= mostKnown) {
    ready.known = {};
    ready.count = 0;
  }
  const isListed = holds(ready.ranges, address);
  ready.known[address] = isListed;
  ready.count++;
  return isListed;
}

function isOnList(request: RequestRecord, ready: Ready): boolean {
  const address = clientAddress(request);
  const known = ready.known[address];
  if (known !== undefined) return known;
  const isListed = lookUp(ready, address);
  return isListed;
}

export const ipDeny: Plugin<"ipDeny", Ready> = {
  name: "ipDeny",
  prepare,
  access: (request, ready) => {
    if (!isOnList(request, ready)) return 0;
    request.reason = "denied";
    return 403;
  },
};

export const ipAllow: Plugin<"ipAllow", Ready> = {
  name: "ipAllow",
  prepare,
  access: (request, ready) => {
    if (isOnList(request, ready)) return 0;
    request.reason = "notAllowed";
    return 403;
  },
};
