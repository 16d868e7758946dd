// ipAllow, ipDeny: who may come at all, by client address.
import { prefixList } from "../addresses.ts";

const hint = "write a list of addresses and ranges: [192.0.2.1, 10.0.0.0/8]";

export const ipAllowSchema = prefixList({ description: "Only these client addresses may use the route.", hint }, 1);
export const ipDenySchema = prefixList({ description: "These client addresses may not use the route.", hint }, 1);
