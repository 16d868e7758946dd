// ipDeny refuses the addresses of its list, ipAllow all others. The address is the connection's, or the one that trusted
// proxies tell (nginx's real_ip): never what a client writes in a header.
import { clientAddress } from "../client-address.ts";
import type { IpRanges } from "../ip-ranges.ts";
import { holds } from "../ip-ranges.ts";
import { ipRanges } from "../ip-ranges-parse.ts";
import type { Plugin } from "./plugin.ts";

export const ipDeny: Plugin<"ipDeny", IpRanges> = {
  name: "ipDeny",
  prepare: ({ prefixes }) => rangesOrThrow(prefixes),
  access: (request, ranges) => {
    if (!holds(ranges, clientAddress(request))) return 0;
    request.reason = "denied";
    return 403;
  },
};

export const ipAllow: Plugin<"ipAllow", IpRanges> = {
  name: "ipAllow",
  prepare: ({ prefixes }) => rangesOrThrow(prefixes),
  access: (request, ranges) => {
    if (holds(ranges, clientAddress(request))) return 0;
    request.reason = "notAllowed";
    return 403;
  },
};

function rangesOrThrow(prefixes: readonly string[]): IpRanges {
  const ranges = ipRanges(prefixes);
  if (ranges === undefined) throw "a prefix that is none";
  return ranges;
}
