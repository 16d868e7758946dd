// Faults of a line, as nftables rules in the netdev hooks of its port: dropped there, a packet has left the sender, who is
// told nothing, and has been in nobody's conntrack, as on a real line.

/** Towards the box (`in`), away from it (`out`); both unless told. */
export type Direction = "in" | "out";

/** What to drop; every given field must match. */
export interface Block {
  readonly protocol?: "tcp" | "udp" | "icmp";
  /** Address of the other end. */
  readonly address?: string;
  /** Port of the other end. */
  readonly port?: number;
  /** Port of the box. */
  readonly localPort?: number;
  readonly direction?: Direction;
}

export interface Impairment {
  /** Share of packets dropped at random, 0 to 100. */
  readonly lossPercent: number;
  readonly direction?: Direction;
}

// Neighbour discovery is ICMPv6 too, and a line without it would be down.
const icmp = {
  ip: "ip protocol icmp",
  ip6: "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, echo-request, echo-reply }",
};

/** The ruleset that replaces all faults of the line at `port`, whose other end is in the box. */
export function faultTable(port: string, blocks: readonly Block[], impairment: Impairment): string {
  const { lossPercent } = impairment;
  const loss = lossPercent > 0 ? [`numgen random mod 10000 < ${Math.round(lossPercent * 100)} drop`] : [];
  const chain = (direction: Direction, hook: string) => {
    const concerns = (one: { readonly direction?: Direction }) => (one.direction ?? direction) === direction;
    const rules = [
      ...blocks.filter(concerns).flatMap((block) => blockRules(block, direction)),
      ...(concerns(impairment) ? loss : []),
    ];
    return `chain ${direction} { type filter hook ${hook} device "${port}" priority 0; ${rules.map((rule) => `${rule}; `).join("")}}`;
  };
  const table = `table netdev ${port}`;
  return `${table}\ndelete ${table}\n${table} {\n${chain("out", "ingress")}\n${chain("in", "egress")}\n}\n`;
}

function blockRules(block: Block, direction: Direction): string[] {
  const [there, here] = direction === "out" ? (["d", "s"] as const) : (["s", "d"] as const);
  const family = block.address?.includes(":") ? "ip6" : "ip";
  const address = block.address === undefined ? "" : `${family} ${there}addr ${block.address}`;
  if (block.protocol === "icmp")
    return Object.entries(icmp)
      .filter(([of]) => block.address === undefined || of === family)
      .map(([, match]) => `${address} ${match} drop`);
  const ports = [
    ...(block.port === undefined ? [] : [`th ${there}port ${block.port}`]),
    ...(block.localPort === undefined ? [] : [`th ${here}port ${block.localPort}`]),
  ];
  const protocol = block.protocol ?? (ports.length > 0 ? "{ tcp, udp }" : undefined);
  return [[address, ...(protocol === undefined ? [] : [`meta l4proto ${protocol}`]), ...ports, "drop"].join(" ")];
}
