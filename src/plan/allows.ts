// Whether one host may reach another, answered from the compiled state: the same objects that the agents enforce.
import { inboundOf } from "../wire/mesh.ts";
import { allows } from "./allowances.ts";
import type { Compiled } from "./compiled.ts";
import { own } from "./own.ts";

/** Hosts by name; `port` for tcp and udp. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port?: number;
}

/** Whether the network lets `from` open this flow towards `to`; both must have joined. A host may always reach itself. */
export function can(compiled: Compiled, { from, to, protocol, port }: Flow): boolean {
  if (!own(compiled.hosts, from)) return false;
  if (from === to) return true;
  const inbound = inboundOf(own(compiled.hosts, to)?.mesh ?? {}, from);
  return inbound !== undefined && allows(inbound.allow, protocol, port);
}
