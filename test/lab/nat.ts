// A NAT gateway: a box between a segment and a LAN of its own.
import type { Box } from "./box.ts";

/** `easy`: a mapping keeps its port whoever it is for; `hard`: each other end sees a port of its own. */
export type Mapping = "easy" | "hard";

/** Makes `gateway` translate what its LAN sends, and drop what nobody behind it asked for. */
export async function translate(gateway: Box, mapping: Mapping, udpTimeoutSeconds?: number): Promise<void> {
  const masquerade = mapping === "easy" ? "masquerade" : "masquerade random,fully-random";
  // A new inbound packet must be dropped, as every real gateway does: accepted, it would take the port in conntrack, and
  // the packet that the host behind sends a moment later would be given another one.
  const rules = `table inet nat {
  chain out { type nat hook postrouting priority srcnat; oifname "wan" meta nfproto ipv4 ${masquerade}; }
  chain input { type filter hook input priority 0; iifname "wan" ct state new,invalid drop; }
  chain forward { type filter hook forward priority 0; iifname "wan" ct state new,invalid drop; }
}`;
  await gateway.run(["nft", "-f", "-"], { input: rules });
  if (udpTimeoutSeconds === undefined) return;
  const timeouts = ["udp_timeout", "udp_timeout_stream"].map((name) => `/proc/sys/net/netfilter/nf_conntrack_${name}`);
  await gateway.run(["tee", ...timeouts], { input: `${udpTimeoutSeconds}\n` });
}
